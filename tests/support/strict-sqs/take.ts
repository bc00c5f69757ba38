import { randomUUID } from 'node:crypto';
import { groupBy } from '../../../src/shared/group-by';
import { bury } from './enqueue';
import { dropExpired, isInFlight, type QueuedMessage, type QueueState } from './queue-state';

/** Maximum number of messages of a FIFO queue in flight. At the cap a receive returns nothing, without an error. */
export const IN_FLIGHT_CAP = 20_000;

/**
 * Returns up to `limit` messages and hides them: as many of one group as there are, in order, then of the next. A group with a message in
 * flight is skipped. A message that was received too often is moved to the dead letters instead.
 */
export function take(
  queue: QueueState,
  { limit, visibilitySeconds }: { limit: number; visibilitySeconds: number },
  now: number,
): QueuedMessage[] {
  dropExpired(queue, now);
  const inFlight = queue.messages.filter((message) => isInFlight(message, now));
  const room = Math.min(limit, IN_FLIGHT_CAP - inFlight.length);
  const locked = new Set(inFlight.map((message) => message.groupId));
  const free = queue.messages.filter((message) => !locked.has(message.groupId));
  const given: QueuedMessage[] = [];
  for (const message of [...groupBy(free, ({ groupId }) => groupId).values()].flat()) {
    if (given.length >= room) break;
    if (isExhausted(queue, message)) bury(queue, message, now);
    else given.push(hide(queue, message, visibilitySeconds, now));
  }
  return given;
}

const isExhausted = ({ redrive }: QueueState, { receiveCount }: QueuedMessage): boolean =>
  redrive !== null && receiveCount >= redrive.maxReceiveCount;

function hide(queue: QueueState, message: QueuedMessage, seconds: number, now: number): QueuedMessage {
  message.receiveCount += 1;
  message.firstReceivedAt ||= now;
  message.lastReceivedAt = now;
  message.receipt = Buffer.from(`${randomUUID()}:${message.messageId}`).toString('base64');
  message.hiddenUntil = now + seconds * 1_000;
  queue.receipts.set(message.receipt, message);
  return message;
}
