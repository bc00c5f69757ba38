/** Does the work, or waits for that of a concurrent caller with the same key. */
export type SingleFlight<T> = (key: string, work: () => Promise<T>) => Promise<T>;

/**
 * Shares work among concurrent callers with the same key: while it runs, further callers get its result, or its error. Nothing is kept
 * after it has ended.
 */
export function createSingleFlight<T>(): SingleFlight<T> {
  const running = new Map<string, Promise<T>>();
  return (key, work) => {
    const found = running.get(key);
    if (found) return found;
    const started = work().finally(() => running.delete(key));
    running.set(key, started);
    return started;
  };
}
