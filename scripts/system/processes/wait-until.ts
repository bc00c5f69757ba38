import { setTimeout as pause } from 'node:timers/promises';

/**
 * Polls `condition` until it holds.
 * @returns true when it holds, false after `timeoutMs`
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
