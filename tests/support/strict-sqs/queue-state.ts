import { type QueueSettings } from './queue-settings';

/** A message in the queue and what became of it so far. Times are milliseconds of the virtual clock. */
export interface QueuedMessage {
  readonly messageId: string;
  readonly body: string;
  readonly groupId: string;
  readonly deduplicationId: string;
  readonly attributes: Readonly<Record<string, MessageAttribute>>;
  readonly traceHeader: string | undefined;
  /** Its place: within a group, messages are given in this order. */
  sequence: number;
  readonly sentAt: number;
  /** When it came into this queue: retention counts from here. */
  readonly enqueuedAt: number;
  deadLetterSourceArn?: string;
  receiveCount: number;
  firstReceivedAt: number;
  lastReceivedAt: number;
  /** Of the last receive; an older one is worth nothing. */
  receipt: string;
  hiddenUntil: number;
}

export interface MessageAttribute {
  DataType: string;
  StringValue?: string;
  /** Base64, as the JSON protocol has it. */
  BinaryValue?: string;
}

export interface QueueState {
  readonly name: string;
  readonly settings: QueueSettings;
  readonly createdAt: number;
  /** Where exhausted messages go, and after how many receives. */
  readonly redrive: { deadLetters: QueueState; maxReceiveCount: number } | null;
  /** By sequence, ascending. */
  messages: QueuedMessage[];
  /** What was sent, by scope and deduplication id; outlives the message itself. */
  readonly sent: Map<string, QueuedMessage>;
  /** Every receipt ever given. */
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

/** Retention is merciless: it takes messages in flight, too. */
export function dropExpired(queue: QueueState, now: number): void {
  const oldest = now - queue.settings.retentionSeconds * 1_000;
  queue.messages = queue.messages.filter((message) => message.enqueuedAt > oldest);
}

const SECONDS_BETWEEN_PURGES = 60;

/** Takes out every message; the memory of what was sent stays. False when the last purge is too recent. */
export function purge(queue: QueueState, now: number): boolean {
  if (now < queue.purgedAt + SECONDS_BETWEEN_PURGES * 1_000) return false;
  queue.messages = [];
  queue.purgedAt = now;
  return true;
}
