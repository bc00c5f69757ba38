/** Queues a piece of work and runs it. */
export type TaskQueue = <T>(work: () => Promise<T>) => Promise<T>;

/** How long starting work may block the event loop at a time, in milliseconds. */
const SLICE_MS = 2;

/**
 * Starts pieces of work in order of arrival, at most `maxInFlight` at a time. Starting them blocks the event loop for 2 ms at a time, or
 * for one piece that takes longer; then the event loop is free for other work for the same time. Small pieces start together, so that
 * their database statements are still sent as one group.
 */
export function createTaskQueue(maxInFlight: number): TaskQueue {
  const waiting: (() => void)[] = [];
  let inFlight = 0;
  let isScheduled = false;
  let pauseEnd = 0;

  const canStart = (): boolean => inFlight < maxInFlight && waiting.length > 0;

  function schedule(): void {
    if (isScheduled || !canStart()) return;
    isScheduled = true;
    const pauseMs = pauseEnd - performance.now();
    if (pauseMs < 1) setImmediate(startSome);
    else setTimeout(startSome, pauseMs);
  }

  function startSome(): void {
    const start = performance.now();
    do waiting.shift()?.();
    while (canStart() && performance.now() - start < SLICE_MS);
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
