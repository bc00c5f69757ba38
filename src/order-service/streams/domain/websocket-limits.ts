/** The messages that a connection may still send at a time: a token bucket. */
export interface MessageAllowance {
  left: number;
  /** When `left` was counted, in milliseconds. */
  at: number;
}

export interface MessageRate {
  /** The number of messages that may come at once. */
  burst: number;
  perSecond: number;
}

/** Counts one message; null when the connection has sent too many. */
export function takeMessage(
  { left, at }: MessageAllowance,
  { burst, perSecond }: MessageRate,
  now: number,
): MessageAllowance | null {
  const allowed = Math.min(burst, left + ((now - at) / 1_000) * perSecond);
  return allowed < 1 ? null : { left: allowed - 1, at: now };
}

/** Limits of the data that the server holds for a connection that reads slowly. */
export interface ReaderLimits {
  /** With more bytes than this, its subscriptions are paused. */
  maxBufferedBytes: number;
  /** With at most this many bytes, they continue. */
  resumeBelowBytes: number;
  /** After this time without getting there, the connection is ended, in milliseconds. */
  maxStallMs: number;
}

/** Since when a connection reads too slowly, in milliseconds; null: it does not. */
export type StalledSince = number | null;

/** The state of a reader after its buffer has been looked at. */
export function stalledAfter(
  since: StalledSince,
  bufferedBytes: number,
  { maxBufferedBytes, resumeBelowBytes }: ReaderLimits,
  now: number,
): StalledSince {
  if (since === null) return bufferedBytes > maxBufferedBytes ? now : null;
  return bufferedBytes <= resumeBelowBytes ? null : since;
}

/** Whether a reader has been slow for so long that its connection must be ended. */
export function isStalledTooLong(since: StalledSince, { maxStallMs }: ReaderLimits, now: number): boolean {
  return since !== null && now - since >= maxStallMs;
}

/** What to do for a connection at regular intervals. */
export type LivenessStep = 'none' | 'ping' | 'terminate';

export interface Liveness {
  /** When the last ping was sent, in milliseconds. */
  pingedAt: number;
  /** Whether anything has arrived since then. */
  hasAnswered: boolean;
}

/** A connection gets a ping per interval, and is dead when nothing arrived for a whole interval after one. */
export function livenessStep(
  { pingedAt, hasAnswered }: Liveness,
  intervalMs: number,
  now: number,
): LivenessStep {
  if (now - pingedAt < intervalMs) return 'none';
  return hasAnswered ? 'ping' : 'terminate';
}
