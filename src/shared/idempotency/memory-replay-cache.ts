import { DAY_SECONDS, type ReplayCache } from './replay-cache';
import { type StoredSubmission, type SubmissionKey } from './submission-store';

/** Enough for the orders of a few minutes; an order is about 1 kB. */
const MOST_ENTRIES = 10_000;

interface Entry {
  readonly submission: StoredSubmission;
  readonly expiresAt: number;
}

/**
 * The fast path of replays in the memory of this process, for a service without Redis. It holds the latest 10 000 submissions; a repeat
 * that reaches another process is answered from the database.
 */
export function createMemoryReplayCache(now: () => number = Date.now): ReplayCache {
  const entries = new Map<string, Entry>();
  return {
    find(key) {
      const entry = entries.get(textOf(key));
      return Promise.resolve(entry && entry.expiresAt > now() ? entry.submission : null);
    },
    remember({ fingerprint, orderId, responseStatus, responseBody, windowSeconds, ...key }) {
      const seconds = Math.min(windowSeconds ?? DAY_SECONDS, DAY_SECONDS);
      const submission = { fingerprint, orderId, responseStatus, responseBody };
      if (seconds > 0) entries.set(textOf(key), { submission, expiresAt: now() + seconds * 1_000 });
      const [oldest] = entries.keys();
      if (entries.size > MOST_ENTRIES && oldest !== undefined) entries.delete(oldest);
      return Promise.resolve();
    },
  };
}

const textOf = ({ clientId, route, kind, key }: SubmissionKey): string =>
  JSON.stringify([clientId, route, kind, key]);
