import { setTimeout as delay } from 'node:timers/promises';

const ANSWER_MS = 1_000;

/**
 * What a query for a health check answers, or null when it fails or takes longer than a second. Nothing is known then, and the check of
 * the database says why.
 */
export async function answerInTime<T>(query: Promise<T>): Promise<T | null> {
  return Promise.race([query.catch(() => null), delay(ANSWER_MS, null, { ref: false })]);
}
