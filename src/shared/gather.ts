import DataLoader from 'dataloader';

/**
 * Asks together for what is asked for at one moment: everything that one turn of the event loop has in hand goes in one call. Nothing
 * is remembered from one call to the next.
 *
 * @param ask gives the answers in the order of the inputs; when it throws, everybody who asked gets that.
 */
export function gather<I, O>(ask: (inputs: readonly I[]) => Promise<O[]>): (input: I) => Promise<O> {
  const loader = new DataLoader<I, O>(ask, {
    cache: false,
    batchScheduleFn: (dispatch) => setImmediate(dispatch),
    maxBatchSize: 200,
  });
  return (input) => loader.load(input);
}
