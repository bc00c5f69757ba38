import { setTimeout as delay } from 'node:timers/promises';

/** Values that arrive in the background, in a list that a reader can follow from its beginning. */
export interface Arrivals<T> {
  add(value: T): void;
  /** No more values arrive; an error is the reason. */
  end(error?: unknown): void;
  /**
   * Yields every value, past and future, up to the last one, the end or the timeout.
   * @throws the error that is the reason of the end
   */
  until(isLast: (value: T) => boolean, withinMs: number): AsyncGenerator<Arrival<T>>;
}

export interface Arrival<T> {
  value: T;
  /** Time since the list was created. */
  afterMs: number;
}

const POLL_MS = 50;

export function createArrivals<T>(): Arrivals<T> {
  const start = performance.now();
  const arrived: Arrival<T>[] = [];
  let ended: { error: unknown } | null = null;
  return {
    add: (value) => void arrived.push({ value, afterMs: performance.now() - start }),
    end: (error) => void (ended ??= { error }),
    async *until(isLast, withinMs) {
      const deadline = performance.now() + withinMs;
      for (let next = 0; ;) {
        const arrival = arrived[next];
        if (arrival) {
          yield arrival;
          if (isLast(arrival.value)) return;
          next += 1;
        } else {
          if (ended?.error !== undefined) throw ended.error;
          if (ended || performance.now() > deadline) return;
          await delay(POLL_MS);
        }
      }
    },
  };
}
