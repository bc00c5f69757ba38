import { createHash } from 'node:crypto';
import { type Redis } from 'ioredis';
import { z } from 'zod';
import { cachedHistoryId } from '../postgres/installation';
import { type Queryable } from '../postgres/queryable';
import { type RedisAttempt, type RedisCommand, runTogether } from '../redis/redis-client';
import { createBatchLoader } from '../runtime/batch-loader';
import { type StoredRecord, type IdempotencyRecord, type RecordKey } from './idempotency-records';

/** The fast path of replays. It may lose entries or be unavailable at any time; it never fails and never holds more than the database. */
export interface ReplayCache {
  find(key: RecordKey): Promise<StoredRecord | null>;
  /** Call only after the commit, because a cached record must exist. */
  store(record: IdempotencyRecord): Promise<void>;
}

/** The maximum time for which an idempotency record is cached. */
export const DAY_SECONDS = 86_400;

/** The maximum number of entries in memory: the orders of a few minutes, about 1 kB each. */
const MAX_ENTRIES = 10_000;

const storedRecord = z.object({
  fingerprint: z.string(),
  orderId: z.string().nullable(),
  responseStatus: z.number(),
  responseBody: z.string(),
});

/** Caches idempotency records in Redis for 24 h, or for their window if that is shorter. While Redis keeps failing, no command is sent to it. */
export function createReplayCache(redis: Redis, attempt: RedisAttempt, db: Queryable): ReplayCache {
  const keyOf = cacheKeys(db);
  const reads = createBatchLoader((keys: readonly string[]) => attempt.run(() => redis.mget([...keys])));
  const writes = createBatchLoader((entries: readonly CacheEntry[]) =>
    attempt.run(() => runTogether(redis, entries.map(toSetCommand))),
  );
  return {
    async find(key) {
      return parse(
        await keyOf(key)
          .then(reads)
          .catch(() => null),
      );
    },
    async store(record) {
      const { fingerprint, orderId, responseStatus, responseBody } = record;
      const value = JSON.stringify({ fingerprint, orderId, responseStatus, responseBody });
      const seconds = Math.min(record.windowSeconds ?? DAY_SECONDS, DAY_SECONDS);
      if (seconds === 0) return;
      await keyOf(record)
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

const toSetCommand = ({ key, value, seconds }: CacheEntry): RedisCommand => [
  'set',
  key,
  value,
  'EX',
  seconds,
];

/** Keys contain the identity of the database's history, which is read once, so that entries of another history are never found. */
function cacheKeys(db: Queryable): (key: RecordKey) => Promise<string> {
  const history = cachedHistoryId(db);
  return async ({ clientId, route, kind, key }) => {
    const scope = JSON.stringify([await history(), clientId, route, kind, key]);
    return `order:create:${createHash('sha256').update(scope).digest('hex')}`;
  };
}

/** A value that cannot be parsed counts as missing. */
function parse(value: unknown): StoredRecord | null {
  if (typeof value !== 'string') return null;
  try {
    return storedRecord.safeParse(JSON.parse(value)).data ?? null;
  } catch {
    return null;
  }
}

/**
 * The fast path of replays in the memory of this process, for a service without Redis. It holds the latest 10 000 idempotency records; a repeat
 * that reaches another process is answered from the database.
 */
export function createMemoryReplayCache(now: () => number = Date.now): ReplayCache {
  const entries = new Map<string, Entry>();
  return {
    find(key) {
      const entry = entries.get(textOf(key));
      return Promise.resolve(entry && entry.expiresAt > now() ? entry.record : null);
    },
    store({ fingerprint, orderId, responseStatus, responseBody, windowSeconds, ...key }) {
      const seconds = Math.min(windowSeconds ?? DAY_SECONDS, DAY_SECONDS);
      const record = { fingerprint, orderId, responseStatus, responseBody };
      if (seconds > 0) entries.set(textOf(key), { record, expiresAt: now() + seconds * 1_000 });
      const [oldest] = entries.keys();
      if (entries.size > MAX_ENTRIES && oldest !== undefined) entries.delete(oldest);
      return Promise.resolve();
    },
  };
}

interface Entry {
  readonly record: StoredRecord;
  readonly expiresAt: number;
}

const textOf = ({ clientId, route, kind, key }: RecordKey): string =>
  JSON.stringify([clientId, route, kind, key]);
