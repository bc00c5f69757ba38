import { availableParallelism } from 'node:os';
import { createBoundedWork, type BoundedWork } from '../resilience/bounded-work';

/** One of the four threads of libuv's pool stays free for name look-ups and files. */
const MAX_THREADS = 3;

/**
 * Where secrets are hashed, which is expensive on purpose: on all cores but one of this machine, at least on one. What waits is bounded
 * in number and time, whatever a hash costs.
 *
 * @param processes how many processes share the cores.
 */
export function createHashing(processes: number): BoundedWork {
  const cores = Math.floor((availableParallelism() - 1) / processes);
  return createBoundedWork({
    concurrency: Math.min(Math.max(cores, 1), MAX_THREADS),
    maxWaiting: 500,
    maxWaitingPerKey: 50,
    maxWaitMs: 5_000,
  });
}
