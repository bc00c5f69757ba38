import { type Options } from 'express-rate-limit';
import { type Redis } from 'ioredis';
import { RedisStore } from 'rate-limit-redis';
import { type CountStore } from '../../shared/http/rate-limit/fallback-store';
import { type Queryable } from '../../shared/postgres/queryable';
import { rememberedInstallation } from './installation-store';
import { type RedisAttempt } from './redis-attempt';

/**
 * Counts of requests, shared by all instances of the service. It fails while Redis is away; see `fallbackStore`.
 *
 * @param purpose keeps the counts of different limits apart.
 */
export function redisRateLimitStore(
  redis: Redis,
  attempt: RedisAttempt,
  db: Queryable,
  purpose: string,
): CountStore {
  const inner = new RedisStore({
    prefix: `limit:${purpose}:`,
    sendCommand: (command, ...args) => redis.call(command, ...args) as Promise<string>,
  });
  let options: Options | undefined;
  let isReady = false;
  const installation = rememberedInstallation(db);

  /** The store loads its scripts once; after a failure it must be told to do so again. */
  async function run<T>(command: (prefix: string) => Promise<T>): Promise<T> {
    const prefix = await installation();
    try {
      return await attempt.run(async () => {
        if (!isReady && options) await inner.init(options);
        isReady = true;
        return command(`${prefix}:`);
      });
    } catch (error) {
      isReady = false;
      throw error;
    }
  }

  return {
    localKeys: false,
    init: (given: Options) => void (options = given),
    get: (key) => run((prefix) => inner.get(prefix + key)),
    increment: (key) => run((prefix) => inner.increment(prefix + key)),
    decrement: (key) => run((prefix) => inner.decrement(prefix + key)),
    resetKey: (key) => run((prefix) => inner.resetKey(prefix + key)),
  };
}
