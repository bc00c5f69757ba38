import { createTaskQueue, type TaskQueue } from '../../../shared/runtime/task-queue';

/** Queues a piece of work of an owner and runs it. */
export type FairQueue = <T>(owner: string | null, work: () => Promise<T>) => Promise<T>;

export interface FairQueueLimits {
  /** The maximum number of running pieces. */
  max: number;
  /** The maximum number of running pieces of one owner, which is also the number of its pieces before that of another owner. */
  maxPerOwner: number;
}

/**
 * Runs pieces of work in order of arrival, but each owner has at most `maxPerOwner` pieces that run or wait in the common queue. The others
 * wait in a queue of the owner, so that an owner with many pieces delays mainly itself.
 */
export function createFairQueue({ max, maxPerOwner }: FairQueueLimits): FairQueue {
  const common = createTaskQueue(max);
  const byOwner = new Map<string | null, { queue: TaskQueue; pieces: number }>();

  return async (owner, work) => {
    const own = byOwner.get(owner) ?? { queue: createTaskQueue(maxPerOwner), pieces: 0 };
    byOwner.set(owner, own);
    own.pieces += 1;
    try {
      return await own.queue(() => common(work));
    } finally {
      own.pieces -= 1;
      if (own.pieces === 0) byOwner.delete(owner);
    }
  };
}
