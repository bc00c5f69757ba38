import { type ClientRateLimitInfo, MemoryStore, type Options, type Store } from 'express-rate-limit';
import { type Redis } from 'ioredis';
import { RedisStore } from 'rate-limit-redis';
import { cachedInstallationId } from '../postgres/installation';
import { type Queryable } from '../postgres/queryable';
import { type RedisAttempt } from './redis-client';

/** Counts all or none, and sets the expiry of a new counter, in one step. */
const SPEND_SCRIPT = `
  local used = tonumber(redis.call('GET', KEYS[1]) or '0')
  local granted = used + tonumber(ARGV[1]) <= tonumber(ARGV[2])
  if granted then used = redis.call('INCRBY', KEYS[1], ARGV[1]) end
  local endsInMs = redis.call('PTTL', KEYS[1])
  if granted and endsInMs < 0 then
    redis.call('PEXPIRE', KEYS[1], ARGV[3])
    endsInMs = tonumber(ARGV[3])
  end
  return {granted and 1 or 0, used, endsInMs}`;

/** A store that can be read without counting, and that can count several requests at once. */
export type CountStore = Store &
  Required<Pick<Store, 'get' | 'init'>> & {
    /** Counts `amount` if the total stays within the limit, else nothing, in one step for all instances. */
    spend(key: string, amount: number, limit: number): Promise<Spent>;
  };

export interface Spent extends ClientRateLimitInfo {
  granted: boolean;
}

/**
 * Counts in the shared store, or in the memory of this process while the shared store fails. The count is then per instance, which is
 * better than no count and than refusing every request.
 */
export function fallbackStore(shared: CountStore): CountStore {
  const own = memoryStore();
  const attempt = async <T>(ask: (store: CountStore) => Promise<T> | T): Promise<T> => {
    try {
      return await ask(shared);
    } catch {
      return ask(own);
    }
  };
  return {
    localKeys: false,
    async init(options: Options) {
      await own.init(options);
      await shared.init(options);
    },
    get: (key) => attempt((store) => store.get(key)),
    increment: (key) => attempt((store) => store.increment(key)),
    decrement: (key) => attempt((store) => store.decrement(key)),
    resetKey: (key) => attempt((store) => store.resetKey(key)),
    spend: (key, amount, limit) => attempt((store) => store.spend(key, amount, limit)),
    shutdown: () => void own.shutdown?.(),
  };
}

/** Counts in the memory of this process only. */
export function memoryStore(): CountStore {
  const store = new MemoryStore();
  return Object.assign(store, {
    async spend(key: string, amount: number, limit: number): Promise<Spent> {
      let info = (await store.get(key)) ?? { totalHits: 0, resetTime: undefined };
      const granted = info.totalHits + amount <= limit;
      for (let n = 0; granted && n < amount; n += 1) info = await store.increment(key);
      return { ...info, granted };
    },
  });
}

/**
 * Counts of requests, shared by all instances of the service. Calls fail while Redis is unavailable; see `fallbackStore`.
 *
 * @param purpose separates the counts of different limits.
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
  const installation = cachedInstallationId(db);

  /** The store loads its scripts once; after a failure it must load them again. */
  async function run<T>(command: (prefix: string) => Promise<T>): Promise<T> {
    try {
      return await attempt.run(async () => {
        const prefix = await installation();
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
    spend: (key, amount, limit) =>
      run((prefix) =>
        spend(redis, inner.prefixKey(prefix + key), { amount, limit, windowMs: options?.windowMs ?? 0 }),
      ),
  };
}

async function spend(
  redis: Redis,
  key: string,
  { amount, limit, windowMs }: { amount: number; limit: number; windowMs: number },
): Promise<Spent> {
  const answer = await redis.eval(SPEND_SCRIPT, 1, key, amount, limit, windowMs);
  const [granted = 0, totalHits = 0, endsInMs = 0] = answer as number[];
  return { granted: granted === 1, totalHits, resetTime: new Date(Date.now() + Math.max(0, endsInMs)) };
}
