/**
 * Waits for `work` for at most `ms` milliseconds; after that, `onTimeout` returns or throws the outcome. The work continues, but its outcome
 * is ignored.
 */
export async function withTimeout<T>(ms: number, work: Promise<T>, onTimeout: () => T): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<void>((resolve) => (timer = setTimeout(resolve, ms))).then(onTimeout);
  // When the work ends first, this promise is ignored.
  timeout.catch(() => undefined);
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
