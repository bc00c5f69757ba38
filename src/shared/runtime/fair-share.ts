/** Does a piece of work when its turn comes. */
export type FairShare = <T>(work: () => Promise<T>) => Promise<T>;

/** How long the beginnings of pieces of work may hold the event loop at a time, in milliseconds. */
const SLICE_MS = 5;

/**
 * Lets pieces of work begin first come first served, at most `maxInFlight` that have not ended. After every 5 ms the event loop goes
 * round, so that everything else that the process does gets its turn; small pieces begin together, so that what they ask of a
 * database still goes there in one group.
 */
export function createFairShare(maxInFlight: number): FairShare {
  const waiting: (() => void)[] = [];
  let inFlight = 0;
  let isScheduled = false;

  const canBegin = (): boolean => inFlight < maxInFlight && waiting.length > 0;

  function schedule(): void {
    if (isScheduled || !canBegin()) return;
    isScheduled = true;
    setImmediate(() => {
      isScheduled = false;
      const end = performance.now() + SLICE_MS;
      while (canBegin()) {
        waiting.shift()?.();
        if (performance.now() >= end) break;
      }
      schedule();
    });
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
