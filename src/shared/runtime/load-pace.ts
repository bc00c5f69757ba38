import { performance } from 'node:perf_hooks';

/** The pace of a loop in milliseconds, between an idle and a busy process. */
export interface PaceRange {
  idleMs: number;
  busyMs: number;
}

/** Shares of the time in which the event loop works: up to the first the process counts as idle, from the second as busy. */
const IDLE_UP_TO = 0.3;
const BUSY_FROM = 0.7;

const MEASURE_EVERY_MS = 200;

/**
 * A pace that follows the load of the process. While there is time to spare, work is done soon; the busier the process, the longer work is
 * collected, because a batch costs little more than a single piece.
 *
 * @param utilization the share of the time, since the call before, in which the event loop worked.
 */
export function createLoadPace(
  { idleMs, busyMs }: PaceRange,
  utilization: () => number = eventLoopShare(),
): () => number {
  let pace = idleMs;
  let nextMeasure = performance.now() + MEASURE_EVERY_MS;
  return () => {
    if (performance.now() < nextMeasure) return pace;
    nextMeasure = performance.now() + MEASURE_EVERY_MS;
    const load = (utilization() - IDLE_UP_TO) / (BUSY_FROM - IDLE_UP_TO);
    pace = idleMs + (busyMs - idleMs) * Math.min(1, Math.max(0, load));
    return pace;
  };
}

/** A function that returns the share of the time, since the call before, in which the event loop worked. */
export function eventLoopShare(): () => number {
  let last = performance.eventLoopUtilization();
  return () => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, last);
    last = now;
    return utilization;
  };
}
