/** What one batch of the log came to. */
export interface PrunedBatch {
  removed: number;
  /** The last position that was looked at; null: there was none. */
  last: string | null;
  /** Whether everything in it is younger than the retention: what follows is younger still. */
  isYoung: boolean;
}

/** Looks at the next events behind a position and removes those that may go. */
export type PruneBatch = (after: string, retentionDays: number) => Promise<PrunedBatch>;

/** What stays is looked at again only so often. */
const WALK_EVERY_MS = 6 * 3_600_000;

/** Batches in which nothing was removed, before the next rest. */
const BATCHES_AT_A_TIME = 20;

/**
 * Walks through the event log in its order, a batch at a time, and removes what the service's own rule lets go. The position only saves
 * work: it is lost with the process, and the rule is asked for every event.
 *
 * @param retentionDays 0: everything is kept.
 * @returns does a part of the walk and says how many events went.
 */
export function eventPruning(retentionDays: number, pruneBatch: PruneBatch): () => Promise<number> {
  let after = '0';
  let nextWalk = 0;

  return async () => {
    if (retentionDays === 0 || Date.now() < nextWalk) return 0;
    for (let batch = 0; batch < BATCHES_AT_A_TIME; batch += 1) {
      const { removed, last, isYoung } = await pruneBatch(after, retentionDays);
      after = last ?? '0';
      if (last === null || isYoung) {
        after = '0';
        nextWalk = Date.now() + WALK_EVERY_MS;
        return removed;
      }
      if (removed > 0) return removed;
    }
    return 0;
  };
}
