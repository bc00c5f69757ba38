import { setTimeout as delay } from 'node:timers/promises';

/** Repeats `assertion` until it stops throwing; throws its last error after the deadline. */
export async function eventually<T>(assertion: () => Promise<T> | T, withinMs = 15_000): Promise<T> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    try {
      return await assertion();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await delay(25);
    }
  }
}
