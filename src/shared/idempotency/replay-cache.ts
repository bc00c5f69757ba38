import { createHash } from 'node:crypto';
import { type Redis } from 'ioredis';
import { z } from 'zod';
import { rememberedHistory } from '../postgres/installation';
import { type Queryable } from '../postgres/queryable';
import { type RedisAttempt } from '../redis/redis-client';
import { createBatchLoader } from '../runtime/batch-loader';
import { type StoredSubmission, type Submission, type SubmissionKey } from './idempotency-records';

/** The fast path of replays. It may forget or be away at any time; it never fails and never knows more than the database. */
export interface ReplayCache {
  find(key: SubmissionKey): Promise<StoredSubmission | null>;
  /** Call after the commit only: what is cached must be true. */
  remember(submission: Submission): Promise<void>;
}

/** How long a submission is cached at most. */
export const DAY_SECONDS = 86_400;

const storedSubmission = z.object({
  fingerprint: z.string(),
  orderId: z.string().nullable(),
  responseStatus: z.number(),
  responseBody: z.string(),
});

/** Keeps submissions in Redis for 24 h, or their window. While Redis keeps failing it is not even asked. */
export function createReplayCache(redis: Redis, attempt: RedisAttempt, db: Queryable): ReplayCache {
  const keyOf = cacheKeys(db);
  const reads = createBatchLoader((keys: readonly string[]) => attempt.run(() => redis.mget([...keys])));
  const writes = createBatchLoader((entries: readonly CacheEntry[]) =>
    attempt.run(async () => (await redis.pipeline(entries.map(toSetCommand)).exec()) ?? []),
  );
  return {
    async find(key) {
      return parse(
        await keyOf(key)
          .then(reads)
          .catch(() => null),
      );
    },
    async remember(submission) {
      const { fingerprint, orderId, responseStatus, responseBody } = submission;
      const value = JSON.stringify({ fingerprint, orderId, responseStatus, responseBody });
      const seconds = Math.min(submission.windowSeconds ?? DAY_SECONDS, DAY_SECONDS);
      if (seconds === 0) return;
      await keyOf(submission)
        .then((key) => writes({ key, value, seconds }))
        .catch(() => undefined);
    },
  };
}

interface CacheEntry {
  key: string;
  value: string;
  seconds: number;
}

const toSetCommand = ({ key, value, seconds }: CacheEntry) => ['set', key, value, 'EX', seconds];

/** Keys carry the identity of the database's history, asked for once: what is true of another must not answer here. */
function cacheKeys(db: Queryable): (key: SubmissionKey) => Promise<string> {
  const history = rememberedHistory(db);
  return async ({ clientId, route, kind, key }) => {
    const scope = JSON.stringify([await history(), clientId, route, kind, key]);
    return `order:create:${createHash('sha256').update(scope).digest('hex')}`;
  };
}

/** Whatever cannot be read counts as not there. */
function parse(value: unknown): StoredSubmission | null {
  if (typeof value !== 'string') return null;
  try {
    return storedSubmission.safeParse(JSON.parse(value)).data ?? null;
  } catch {
    return null;
  }
}

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
