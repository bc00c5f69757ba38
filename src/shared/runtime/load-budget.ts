import { performance } from 'node:perf_hooks';
import { eventLoopShare } from './load-pace';

/** The pieces of work per second that a process does while it is idle, and while it is busy. */
export interface BudgetRange {
  idlePerSecond: number;
  busyPerSecond: number;
}

/** An allowance of pieces of work, which grows with time. */
export interface LoadBudget {
  /** The number of pieces that may be done now. */
  available(): number;
  spend(count: number): void;
}

/** Shares of the time in which the event loop works: up to the first the process counts as idle, from the second as busy. */
const IDLE_UP_TO = 0.6;
const BUSY_FROM = 0.95;

const MEASURE_EVERY_MS = 200;

/** The allowance of so many seconds can be saved up, and at least that of a few pieces. */
const SAVED_SECONDS = 0.5;
const LEAST_SAVED = 20;

/**
 * Limits background work by the load of the process, so that requests have precedence: the busier the event loop, the fewer pieces of work.
 * Work that is left over waits for a quieter time. The work itself counts as load too, so that it never occupies the whole process.
 *
 * @param utilization the share of the time, since the call before, in which the event loop worked.
 */
export function createLoadBudget(
  { idlePerSecond, busyPerSecond }: BudgetRange,
  utilization: () => number = eventLoopShare(),
): LoadBudget {
  let perSecond = idlePerSecond;
  let saved = savedAt(perSecond);
  let countedAt = performance.now();
  let nextMeasure = countedAt + MEASURE_EVERY_MS;

  function refill(): void {
    const now = performance.now();
    if (now >= nextMeasure) {
      const load = Math.min(1, Math.max(0, (utilization() - IDLE_UP_TO) / (BUSY_FROM - IDLE_UP_TO)));
      perSecond = idlePerSecond * (busyPerSecond / idlePerSecond) ** load;
      nextMeasure = now + MEASURE_EVERY_MS;
    }
    saved = Math.min(savedAt(perSecond), saved + ((now - countedAt) / 1_000) * perSecond);
    countedAt = now;
  }

  return {
    available() {
      refill();
      return Math.max(0, Math.floor(saved));
    },
    spend(count) {
      saved -= count;
    },
  };
}

const savedAt = (perSecond: number): number => Math.max(LEAST_SAVED, perSecond * SAVED_SECONDS);
