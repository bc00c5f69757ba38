import { MemoryStore, type ClientRateLimitInfo, type Options, type Store } from 'express-rate-limit';

/** A store that can be asked without counting, and in which several can be counted at once. */
export type CountStore = Store &
  Required<Pick<Store, 'get' | 'init'>> & {
    /** Counts so many if the total stays within the limit, else none; all instances see that as one step. */
    spend(key: string, amount: number, limit: number): Promise<Spent>;
  };

export interface Spent extends ClientRateLimitInfo {
  granted: boolean;
}

/**
 * Counts in the shared store while that answers, else in the memory of this process: a count is then per instance, which is better
 * than none and than refusing everybody.
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

/** Counts in the memory of this process alone. */
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
