/** Allowed slowdown while the machine is busy. */
const FACTOR = 10;

/**
 * A time limit for an operation with built-in timeouts that holds on a machine of any speed: the promised limit plus a multiple of the
 * duration of the same operation without a fault.
 *
 * @param promisedMs the limit on an idle machine
 * @param usual runs the same operation without a fault
 * @returns milliseconds
 */
export async function limitHere(promisedMs: number, usual: () => Promise<unknown>): Promise<number> {
  return promisedMs + FACTOR * (await millisecondsOf(usual));
}

/** The duration of an operation. */
export async function millisecondsOf(act: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await act();
  return performance.now() - startedAt;
}
