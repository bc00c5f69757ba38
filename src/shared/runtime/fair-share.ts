/** Does a piece of work when its turn comes. */
export type FairShare = <T>(work: () => Promise<T>) => Promise<T>;

/** How long the beginnings of pieces of work may hold the event loop at a time, in milliseconds. */
const SLICE_MS = 2;

/**
 * Lets pieces of work begin first come first served, at most `maxInFlight` that have not ended. Beginnings hold the event loop for 2 ms
 * at a time, or for one piece that takes longer, and then leave it to everything else that the process does for as long. Small pieces
 * begin together, so that what they ask of a database still goes there in one group.
 */
export function createFairShare(maxInFlight: number): FairShare {
  const waiting: (() => void)[] = [];
  let inFlight = 0;
  let isScheduled = false;
  let pauseEnd = 0;

  const canBegin = (): boolean => inFlight < maxInFlight && waiting.length > 0;

  function schedule(): void {
    if (isScheduled || !canBegin()) return;
    isScheduled = true;
    const pauseMs = pauseEnd - performance.now();
    if (pauseMs < 1) setImmediate(beginSome);
    else setTimeout(beginSome, pauseMs);
  }

  function beginSome(): void {
    const start = performance.now();
    do waiting.shift()?.();
    while (canBegin() && performance.now() - start < SLICE_MS);
    const end = performance.now();
    pauseEnd = end + (end - start);
    isScheduled = false;
    schedule();
  }

  return (work) =>
    new Promise((resolve, reject) => {
      waiting.push(() => {
        inFlight += 1;
        work()
          .finally(() => {
            inFlight -= 1;
            schedule();
          })
          .then(resolve, reject);
      });
      schedule();
    });
}
