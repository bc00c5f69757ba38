import { type QueueSettings } from './queue-settings';

/** A message in the queue with its delivery state. Times are milliseconds of the virtual clock. */
export interface QueuedMessage {
  readonly messageId: string;
  readonly body: string;
  readonly groupId: string;
  readonly deduplicationId: string;
  readonly attributes: Readonly<Record<string, MessageAttribute>>;
  readonly traceHeader: string | undefined;
  /** The position: messages of a group are delivered in this order. */
  sequence: number;
  readonly sentAt: number;
  /** When it was added to this queue; retention counts from here. */
  readonly enqueuedAt: number;
  deadLetterSourceArn?: string;
  receiveCount: number;
  firstReceivedAt: number;
  lastReceivedAt: number;
  /** The receipt of the last receive; older ones are invalid. */
  receipt: string;
  hiddenUntil: number;
}

export interface MessageAttribute {
  DataType: string;
  StringValue?: string;
  /** Base64, as in the JSON protocol. */
  BinaryValue?: string;
}

export interface QueueState {
  readonly name: string;
  readonly settings: QueueSettings;
  readonly createdAt: number;
  /** The dead-letter queue, and the number of receives before a message is moved to it. */
  readonly redrive: { deadLetters: QueueState; maxReceiveCount: number } | null;
  /** By sequence, ascending. */
  messages: QueuedMessage[];
  /** Sent messages by scope and deduplication id; kept after the message is deleted. */
  readonly sent: Map<string, QueuedMessage>;
  /** Every issued receipt. */
  readonly receipts: Map<string, QueuedMessage>;
  purgedAt: number;
  lastSequence: number;
  onRemoved: (message: QueuedMessage) => void;
}

export type QueueOrigin = Pick<QueueState, 'name' | 'settings' | 'createdAt' | 'redrive'>;

export function newQueue(origin: QueueOrigin): QueueState {
  return {
    ...origin,
    messages: [],
    sent: new Map(),
    receipts: new Map(),
    purgedAt: -Infinity,
    lastSequence: 0,
    onRemoved: () => undefined,
  };
}

export const isInFlight = (message: QueuedMessage, now: number): boolean => message.hiddenUntil > now;

/** Deletes messages after the retention period, including messages in flight. */
export function dropExpired(queue: QueueState, now: number): void {
  const oldest = now - queue.settings.retentionSeconds * 1_000;
  queue.messages = queue.messages.filter((message) => message.enqueuedAt > oldest);
}

const SECONDS_BETWEEN_PURGES = 60;

/** Deletes every message but keeps the deduplication ids. False when the last purge is too recent. */
export function purge(queue: QueueState, now: number): boolean {
  if (now < queue.purgedAt + SECONDS_BETWEEN_PURGES * 1_000) return false;
  queue.messages = [];
  queue.purgedAt = now;
  return true;
}
