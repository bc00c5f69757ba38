import { MemoryStore, type Options, type Store } from 'express-rate-limit';

/** A store that can be asked without counting. */
export type CountStore = Store & Required<Pick<Store, 'get' | 'init'>>;

/**
 * Counts in the shared store while that answers, else in the memory of this process: a count is then per instance, which is better
 * than none and than refusing everybody.
 */
export function fallbackStore(shared: CountStore): CountStore {
  const own = new MemoryStore();
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
      own.init(options);
      await shared.init(options);
    },
    get: (key) => attempt((store) => store.get(key)),
    increment: (key) => attempt((store) => store.increment(key)),
    decrement: (key) => attempt((store) => store.decrement(key)),
    resetKey: (key) => attempt((store) => store.resetKey(key)),
    shutdown: () => own.shutdown(),
  };
}
