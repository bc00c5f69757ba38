import { VALIDATION_FAILED } from '../contracts/problem-types';
import { AppError } from '../errors';
import { sendableLength } from '../queue/message-body';
import { MAX_PAYLOAD_BYTES } from '../queue/message-size';
import { type LoggedEvent } from './event';

/**
 * Refuses an event that no queue would take, before it is written: else its order would be accepted and never go on.
 *
 * @throws AppError `invalid_input` naming the largest member of the payload, which is the member of the request that it comes from.
 */
export function requireSendable({ queue, payload }: LoggedEvent): void {
  if (queue === null) return;
  const bytes = sendableLength(JSON.stringify(payload));
  if (bytes <= MAX_PAYLOAD_BYTES) return;
  const message = `must be shorter: the message about it would have ${bytes} bytes, of at most ${MAX_PAYLOAD_BYTES}`;
  throw new AppError(VALIDATION_FAILED, 'the message to the other service would be too large', {
    errors: [{ path: largestMember(payload), message }],
  });
}

/** The most bytes that one UTF-16 unit of JSON text has in a message: `\uXXXX`. */
const MOST_BYTES_PER_UNIT = 6;

/** Whether the JSON text of several events is so short that each of them is sendable. */
export const areSurelySendable = (json: string): boolean =>
  json.length * MOST_BYTES_PER_UNIT <= MAX_PAYLOAD_BYTES;

function largestMember(payload: unknown): string {
  const members = Object.entries(payload ?? {}).map(
    ([name, value]) => [name, sendableLength(JSON.stringify(value) ?? '')] as const,
  );
  return members.reduce((largest, member) => (member[1] > largest[1] ? member : largest), ['', 0])[0];
}
