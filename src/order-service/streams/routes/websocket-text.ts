import { MALFORMED_JSON, type Problem } from '../../../shared/contracts/problem';
import {
  type ClientMessage,
  clientMessage,
  type ServerMessage,
  subscriptionId,
} from '../../../shared/contracts/websocket-messages';
import { AppError } from '../../../shared/errors';
import { encodeFeedCursor } from '../../../shared/event-log/feed-cursor';
import { parseInput } from '../../../shared/http/validate';
import { type FedEvent } from '../../orders/use-cases/read-public-events';
import { eventText } from '../workers/event-text';

/** A text message of a client: its content, and the id of its subscription when that is valid, for the answer. */
export interface ReceivedMessage {
  id: string | null;
  /** @throws AppError `validation_failed` that names the invalid members. */
  parse(): ClientMessage;
}

/** @throws AppError `malformed_json` */
export function receivedMessage(text: string): ReceivedMessage {
  const content = parseJson(text);
  const { id } = (content ?? {}) as { id?: unknown };
  return {
    id: subscriptionId.safeParse(id).data ?? null,
    parse: () => parseInput(clientMessage, content, 'the message is not valid'),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new AppError(MALFORMED_JSON, 'the message is not valid JSON');
  }
}

export const messageText = (message: ServerMessage): string => JSON.stringify(message);

/** An error as a message; its members are those of the problem that the HTTP API answers with. */
export function errorText(
  { code, detail, correlation_id, errors, more_errors, earliest_cursor }: Problem,
  subscription: { id: string | null; subscribed: boolean },
): string {
  const details = { errors, more_errors, earliest_cursor };
  return messageText({ kind: 'error', ...subscription, code, detail, correlation_id, ...details });
}

export function eventMessageText(id: string, fed: FedEvent): string {
  const cursor = encodeFeedCursor(fed.cursor);
  return `{"kind":"event","id":${JSON.stringify(id)},"cursor":"${cursor}","event":${eventText(fed)}}`;
}
