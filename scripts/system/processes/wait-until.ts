import { setTimeout as pause } from 'node:timers/promises';

/**
 * Asks `condition` again and again until it holds.
 * @returns true once it held, false when `timeoutMs` passed first
 */
export async function waitUntil(
  condition: () => boolean | Promise<boolean>,
  timeoutMs: number,
  intervalMs = 25,
): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  while (!(await condition())) {
    if (Date.now() >= deadline) return false;
    await pause(intervalMs);
  }
  return true;
}
