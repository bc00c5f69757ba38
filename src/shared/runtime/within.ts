/**
 * Waits for `work`, but at most `ms` milliseconds; then `late` decides: what it returns or throws is the outcome. The work goes on, and
 * nobody waits for it.
 */
export async function within<T>(ms: number, work: Promise<T>, late: () => T): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<void>((resolve) => (timer = setTimeout(resolve, ms))).then(late);
  // When the work is done first nobody looks at this.
  timeout.catch(() => undefined);
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
