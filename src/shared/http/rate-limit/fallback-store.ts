import { MemoryStore, type ClientRateLimitInfo, type Options, type Store } from 'express-rate-limit';

/**
 * Counts in the shared store while that answers, else in the memory of this process: a count is then per instance, which is better
 * than none and than refusing everybody.
 */
export function fallbackStore(shared: Store): Store & Required<Pick<Store, 'get' | 'init'>> {
  const own = new MemoryStore();
  const attempt = async <T>(first: () => Promise<T> | T, second: () => Promise<T> | T): Promise<T> => {
    try {
      return await first();
    } catch {
      return second();
    }
  };
  return {
    localKeys: false,
    init(options: Options) {
      shared.init?.(options);
      own.init(options);
    },
    get: (key) =>
      attempt<ClientRateLimitInfo | undefined>(
        () => shared.get?.(key),
        () => own.get(key),
      ),
    increment: (key) =>
      attempt(
        () => shared.increment(key),
        () => own.increment(key),
      ),
    decrement: (key) =>
      attempt<void>(
        () => shared.decrement(key),
        () => own.decrement(key),
      ),
    resetKey: (key) =>
      attempt<void>(
        () => shared.resetKey(key),
        () => own.resetKey(key),
      ),
    shutdown: () => own.shutdown(),
  };
}
