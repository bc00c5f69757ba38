export interface ConcurrencyLimitOptions {
  /** How many run at once for one key. */
  max: number;
  /** How many wait for one key; more are refused at once. */
  maxWaiting: number;
  /** How long one waits, in milliseconds. */
  maxWaitMs: number;
  /** The error for what is not run. */
  refusal: () => Error;
}

export interface ConcurrencyLimitRun {
  key: string;
  /** Gives up the place in the queue; what runs must listen to it itself. */
  signal: AbortSignal;
  /** Instead of the usual one. */
  maxWaitMs?: number;
}

export type ConcurrencyLimit = <T>(run: ConcurrencyLimitRun, work: () => Promise<T>) => Promise<T>;

interface Places {
  running: number;
  /** In the order of their arrival; called when a place is theirs. */
  waiting: Set<() => void>;
}

/**
 * Limits how much runs at once for each key, first come first served, and how much waits.
 *
 * @returns runs the work when there is a place for its key. Rejects with the refusal when there is none in time, or with the reason of
 * the signal.
 */
export function createConcurrencyLimit(options: ConcurrencyLimitOptions): ConcurrencyLimit {
  const { max, maxWaitMs: usualWaitMs } = options;
  const placesOf = new Map<string, Places>();

  function leave(key: string, places: Places): void {
    const [next] = places.waiting;
    if (next) return next();
    places.running -= 1;
    if (places.running === 0) placesOf.delete(key);
  }

  return async ({ key, signal, maxWaitMs = usualWaitMs }, work) => {
    signal.throwIfAborted();
    const places = placesOf.get(key) ?? { running: 0, waiting: new Set() };
    placesOf.set(key, places);
    if (places.running < max) places.running += 1;
    else await placeOf(places, signal, { ...options, maxWaitMs });
    try {
      return await work();
    } finally {
      leave(key, places);
    }
  };
}

/** Resolves when one that runs has passed its place on. */
function placeOf(
  { waiting }: Places,
  signal: AbortSignal,
  { maxWaiting, maxWaitMs, refusal }: ConcurrencyLimitOptions,
): Promise<void> {
  return new Promise((resolve, reject) => {
    if (waiting.size >= maxWaiting) return reject(refusal());
    const end = (outcome: () => void): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      waiting.delete(take);
      outcome();
    };
    const take = (): void => end(resolve);
    const onAbort = (): void => end(() => reject(signal.reason as Error));
    const timer = setTimeout(() => end(() => reject(refusal())), maxWaitMs);
    signal.addEventListener('abort', onAbort);
    waiting.add(take);
  });
}
