import DataLoader from 'dataloader';

/**
 * Loads values in batches: the keys requested in one turn of the event loop are loaded with one call. Nothing is cached.
 *
 * @param load returns the values in the order of the keys, which are at most 200; when it throws, every request of the batch fails with
 * that error.
 */
export function createBatchLoader<K, V>(load: (keys: readonly K[]) => Promise<V[]>): (key: K) => Promise<V> {
  const loader = new DataLoader<K, V>(load, {
    cache: false,
    batchScheduleFn: (dispatch) => setImmediate(dispatch),
    maxBatchSize: 200,
  });
  return (key) => loader.load(key);
}
