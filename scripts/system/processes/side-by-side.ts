/**
 * Waits for all promises, even if one fails, so that nothing is still running when a failure is reported.
 * @throws the first failure in the order given
 */
export async function sideBySide<T extends readonly unknown[]>(
  tasks: readonly [...T],
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  const results = await Promise.allSettled(tasks);
  for (const result of results) if (result.status === 'rejected') throw result.reason;
  return Promise.all(tasks);
}
