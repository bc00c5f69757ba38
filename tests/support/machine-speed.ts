/** How many times as long as usual something may take while the machine has other work. */
const FACTOR = 10;

/**
 * A limit for how long something may take that is bound by time limits of its own, on a machine of any speed: the limit that was promised, and
 * room for what the machine needs for the same without a fault.
 *
 * @param promisedMs the limit on a machine that has nothing else to do.
 * @param usual does the same while nothing is wrong.
 * @returns milliseconds
 */
export async function limitHere(promisedMs: number, usual: () => Promise<unknown>): Promise<number> {
  return promisedMs + FACTOR * (await millisecondsOf(usual));
}

/** How long that takes. */
export async function millisecondsOf(act: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await act();
  return performance.now() - startedAt;
}
