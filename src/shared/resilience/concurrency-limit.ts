export interface ConcurrencyLimitOptions {
  /** The maximum number of running pieces of work per key. */
  max: number;
  /** The maximum number of waiting pieces per key; more are refused at once. */
  maxWaiting: number;
  /** How long a piece waits, in milliseconds. */
  maxWaitMs: number;
  /** Creates the error for refused work. */
  refusal: () => Error;
}

export interface ConcurrencyLimitRun {
  key: string;
  /** Removes waiting work from the queue when it is aborted; running work must handle the signal itself. */
  signal: AbortSignal;
  /** Replaces the limit of the options. */
  maxWaitMs?: number;
}

export type ConcurrencyLimit = <T>(run: ConcurrencyLimitRun, work: () => Promise<T>) => Promise<T>;

interface Slots {
  running: number;
  /** Waiting work in order of arrival; each function is called when its work gets a slot. */
  waiting: Set<() => void>;
}

/**
 * Limits the running and the waiting work per key, in order of arrival.
 *
 * @returns a function that runs work when its key has a free slot. Rejects with the refusal when none becomes free in time, or with the
 * reason of the signal.
 */
export function createConcurrencyLimit(options: ConcurrencyLimitOptions): ConcurrencyLimit {
  const { max, maxWaitMs: defaultWaitMs } = options;
  const slotsByKey = new Map<string, Slots>();

  function releaseSlot(key: string, slots: Slots): void {
    const [next] = slots.waiting;
    if (next) return next();
    slots.running -= 1;
    if (slots.running === 0) slotsByKey.delete(key);
  }

  return async ({ key, signal, maxWaitMs = defaultWaitMs }, work) => {
    signal.throwIfAborted();
    const slots = slotsByKey.get(key) ?? { running: 0, waiting: new Set() };
    slotsByKey.set(key, slots);
    if (slots.running < max) slots.running += 1;
    else await waitForSlot(slots, signal, { ...options, maxWaitMs });
    try {
      return await work();
    } finally {
      releaseSlot(key, slots);
    }
  };
}

/** Resolves when running work passes its slot on. */
function waitForSlot(
  { waiting }: Slots,
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
