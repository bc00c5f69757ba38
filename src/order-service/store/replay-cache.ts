import { createHash } from 'node:crypto';
import { type Redis } from 'ioredis';
import CircuitBreaker from 'opossum';
import { z } from 'zod';
import { type Component } from '../../shared/runtime/lifecycle';
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
export function createReplayCache(redis: Redis): ReplayCache {
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
      return parse(await attempt(() => redis.get(cacheKey(key))));
    },
    async remember(submission) {
      const { fingerprint, orderId, responseStatus, responseBody } = submission;
      const value = JSON.stringify({ fingerprint, orderId, responseStatus, responseBody });
      const seconds = Math.min(submission.windowSeconds ?? DAY_SECONDS, DAY_SECONDS);
      if (seconds > 0) await attempt(() => redis.set(cacheKey(submission), value, 'EX', seconds));
    },
    async check() {
      await redis.ping();
    },
    start: () => Promise.resolve(),
    stop() {
      breaker.shutdown();
      redis.disconnect();
      return Promise.resolve();
    },
  };
}

function cacheKey({ clientId, route, kind, key }: SubmissionKey): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([clientId, route, kind, key]))
    .digest('hex');
  return `order:create:${hash}`;
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
