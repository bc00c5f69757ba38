import { createHash } from 'node:crypto';
import { type Redis } from 'ioredis';
import { z } from 'zod';
import { createBatchLoader } from '../runtime/batch-loader';
import { type Queryable } from '../postgres/queryable';
import { rememberedHistory } from '../postgres/installation';
import { type RedisAttempt } from '../redis/redis-attempt';
import { type StoredSubmission, type Submission, type SubmissionKey } from './submission-store';

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
