import { setTimeout as delay } from 'node:timers/promises';
import { type Outcome } from './outcomes';

export interface RepeatOptions {
  /** No new attempts when this is true. */
  isOver: () => boolean;
  /** Whether the client gives up after the first answer that is none. */
  isImpatient?: boolean;
}

/** Repeats a request until its client knows the outcome. Null when it gave up before. */
export async function repeatUntilKnown<T extends { outcome: Outcome }>(
  attempt: () => Promise<T>,
  { isOver, isImpatient = false }: RepeatOptions,
): Promise<T | null> {
  for (let attempts = 0; !isOver(); attempts += 1) {
    const answer = await attempt();
    if (answer.outcome !== 'unknown') return answer;
    if (isImpatient) return null;
    await delay(Math.min(2_000, 50 * 2 ** attempts) * (0.5 + Math.random()));
  }
  return null;
}
