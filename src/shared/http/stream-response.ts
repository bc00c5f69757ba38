import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Response } from 'express';

/** How long a caller may stop reading the answer, in milliseconds. */
const MAX_STALL_MS = 30_000;

/**
 * Sends an answer in chunks. The next chunk is requested only when the caller has read enough of the previous ones. A caller that
 * disconnects ends the answer, which is no error; a caller that reads nothing for 30 s is disconnected.
 *
 * @throws errors of `chunks`; the answer has begun then, and the error handler closes the connection.
 */
export async function streamResponse(chunks: AsyncIterable<string>, response: Response): Promise<void> {
  if (response.destroyed) return;
  response.setTimeout(MAX_STALL_MS, () => response.destroy());
  try {
    await pipeline(Readable.from(chunks, { objectMode: true, highWaterMark: 1 }), response);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
  }
}

/**
 * Yields the results of work on each item, in the order of the items. At most `window` items are processed at a time, and at most twice
 * as many results are kept for a slow reader; a reader that stops also stops the work. `work` must not reject.
 */
export async function* resultsInOrder<I, O>(
  items: Iterable<I>,
  window: number,
  work: (item: I) => Promise<O>,
): AsyncGenerator<O> {
  const waiting = items[Symbol.iterator]();
  const results: Promise<O>[] = [];
  let [inProgress, isStopped] = [0, false];

  /**
   * Starts further items. It also runs when an item in the middle is done: if its place were filled only after all earlier results had
   * been read, groups of items would break up.
   */
  function begin(): void {
    while (!isStopped && inProgress < window && results.length < 2 * window) {
      const next = waiting.next();
      if (next.done) return;
      inProgress += 1;
      results.push(
        work(next.value).finally(() => {
          inProgress -= 1;
          begin();
        }),
      );
    }
  }

  try {
    begin();
    for (let result = results.shift(); result; result = results.shift()) {
      yield await result;
      begin();
    }
  } finally {
    isStopped = true;
    await Promise.all(results);
  }
}
