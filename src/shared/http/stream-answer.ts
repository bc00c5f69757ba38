import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Response } from 'express';

/** How long a caller may leave the answer unread, in milliseconds. */
const MAX_STALL_MS = 30_000;

/**
 * Sends an answer chunk by chunk. The next chunk is asked for only when the caller has read enough of those before. A caller that
 * leaves ends the answer, which is no error; one that reads nothing for 30 s is disconnected.
 *
 * @throws what the chunks throw; the answer has begun then, and the error handler cuts the connection.
 */
export async function streamAnswer(chunks: AsyncIterable<string>, response: Response): Promise<void> {
  if (response.destroyed) return;
  response.setTimeout(MAX_STALL_MS, () => response.destroy());
  try {
    await pipeline(Readable.from(chunks, { objectMode: true, highWaterMark: 1 }), response);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
  }
}

/**
 * The results of work on each item, in the order of the items. At most `window` items are worked on at a time, and at most twice as
 * many results are kept for a reader that is slow; one that stops reading stops the work. `work` must not reject.
 */
export async function* resultsInOrder<I, O>(
  items: Iterable<I>,
  window: number,
  work: (item: I) => Promise<O>,
): AsyncGenerator<O> {
  const waiting = items[Symbol.iterator]();
  const results: Promise<O>[] = [];
  let [inWork, isStopped] = [0, false];

  /** Also called when an item in the middle is done: were its place filled only once all before it are read, groups would break up. */
  function begin(): void {
    while (!isStopped && inWork < window && results.length < 2 * window) {
      const next = waiting.next();
      if (next.done) return;
      inWork += 1;
      results.push(
        work(next.value).finally(() => {
          inWork -= 1;
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
