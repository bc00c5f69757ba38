import { createHash } from 'node:crypto';
import { type Redis } from 'ioredis';
import CircuitBreaker from 'opossum';
import { z } from 'zod';
import { type Queryable } from '../../shared/postgres/queryable';
import { type Component } from '../../shared/runtime/lifecycle';
import { installationId } from './installation-store';
import { type StoredSubmission, type Submission, type SubmissionKey } from './submission-store';

/** The fast path of replays. It may forget or be away at any time; it never fails and never knows more than the database. */
export interface ReplayCache extends Component {
  find(key: SubmissionKey): Promise<StoredSubmission | null>;
  /** Call after the commit only: what is cached must be true. */
  remember(submission: Submission): Promise<void>;
  /** Resolves when Redis answers. */
  check(): Promise<void>;
}

const DAY_SECONDS = 86_400;

const storedSubmission = z.object({
  fingerprint: z.string(),
  orderId: z.string(),
  responseStatus: z.number(),
  responseBody: z.string(),
});

/** Keeps submissions in Redis for 24 h, or their window. While Redis keeps failing it is not even asked. */
export function createReplayCache(redis: Redis, db: Queryable): ReplayCache {
  const keyOf = cacheKeys(db);
  const breaker = new CircuitBreaker((command: () => Promise<unknown>) => command(), {
    timeout: 150,
    errorThresholdPercentage: 50,
    volumeThreshold: 3,
    resetTimeout: 1_000,
  });
  const attempt = (command: () => Promise<unknown>): Promise<unknown> =>
    breaker.fire(command).catch(() => null);
  return {
    name: 'replay cache',
    async find(key) {
      return parse(await attempt(async () => redis.get(await keyOf(key))));
    },
    async remember(submission) {
      const { fingerprint, orderId, responseStatus, responseBody } = submission;
      const value = JSON.stringify({ fingerprint, orderId, responseStatus, responseBody });
      const seconds = Math.min(submission.windowSeconds ?? DAY_SECONDS, DAY_SECONDS);
      if (seconds > 0) await attempt(async () => redis.set(await keyOf(submission), value, 'EX', seconds));
    },
    async check() {
      await redis.ping();
    },
    async start() {
      // Redis may be away: the client goes on trying by itself.
      await redis.connect().catch(() => undefined);
    },
    stop() {
      breaker.shutdown();
      redis.disconnect();
      return Promise.resolve();
    },
  };
}

/** Keys carry the database's identity, asked for once: what is true of another database must not answer here. */
function cacheKeys(db: Queryable): (key: SubmissionKey) => Promise<string> {
  let known: Promise<string> | undefined;
  return async ({ clientId, route, kind, key }) => {
    known ??= installationId(db);
    known.catch(() => (known = undefined));
    const scope = JSON.stringify([await known, clientId, route, kind, key]);
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
