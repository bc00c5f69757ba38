import { UNAVAILABLE } from '../contracts/problem';
import { AppError } from '../errors';
import { isLockTimeout } from './database-errors';
import { createGroupCommit, type GroupCommitOptions, type Outcome } from './group-commit';
import { limitLockWait } from './lock-wait';
import { type Transaction } from './queryable';

/**
 * How a group gets locks that another session holds. `wait_briefly`: the whole group waits, for much longer than a usual transaction takes.
 * `wait`: as long as any lock. `skip`: not at all, the items that need them are left out.
 */
export type LockMode = 'wait_briefly' | 'wait' | 'skip';

const BRIEF_WAIT_MS = 250;

/** Another session kept a row locked for longer than the group waits. */
export class LockWaitTimeout extends Error {
  constructor(cause: unknown) {
    super('a row is locked by another session', { cause });
    this.name = 'LockWaitTimeout';
  }
}

/** Limits the wait for the locks of the following statements. */
export function limitWait(tx: Transaction, mode: LockMode): void {
  if (mode === 'wait_briefly') limitLockWait(tx, BRIEF_WAIT_MS);
}

/** Throws the error of a statement that waits for locks: as {@link LockWaitTimeout} when it has waited too long. */
export function throwLockWait(error: unknown): never {
  throw isLockTimeout(error) ? new LockWaitTimeout(error) : error;
}

/** The value of an item that was left out, because another session keeps a row locked that it needs. Nothing was done for it. */
export const LOCKED = Symbol('locked');
export type Locked = typeof LOCKED;

export interface LockLanesOptions<I, O> extends Pick<GroupCommitOptions<I, O>, 'keyOf'> {
  /** @throws LockWaitTimeout unless the mode is `skip`. */
  work: (items: readonly I[], mode: LockMode) => Promise<readonly Outcome<O | Locked>[]>;
}

/**
 * Group commit for items that need locks. When another session keeps a row locked, the items that need it wait for it in transactions of their own,
 * so that the others wait only once and briefly.
 *
 * @returns a function as of {@link createGroupCommit}. It rejects with AppError `unavailable` when a row stays locked.
 */
export function createLockLanes<I, O>({ keyOf, work }: LockLanesOptions<I, O>): (item: I) => Promise<O> {
  let mode: LockMode = 'wait_briefly';
  const lane = createGroupCommit<I, O | Locked>({
    ...(keyOf && { keyOf }),
    async work(items) {
      const outcomes = await workOrSkip(work, items, mode);
      mode = outcomes.some((one) => 'value' in one && one.value === LOCKED) ? 'skip' : 'wait_briefly';
      return outcomes;
    },
  });
  const waitingLane = createGroupCommit<I, O | Locked>({
    ...(keyOf && { keyOf }),
    retriesInOrder: true,
    work: (items) => workOrSkip(work, items, 'wait'),
  });
  return async (item) => {
    const first = await lane(item);
    const outcome = first === LOCKED ? await waitingLane(item) : first;
    if (outcome !== LOCKED) return outcome;
    throw new AppError(UNAVAILABLE, 'a row is locked by another session; try again');
  };
}

/** After a timeout, the items that need none of the locked rows are done. */
async function workOrSkip<I, O>(
  work: LockLanesOptions<I, O>['work'],
  items: readonly I[],
  mode: LockMode,
): Promise<readonly Outcome<O | Locked>[]> {
  try {
    return await work(items, mode);
  } catch (error) {
    if (!(error instanceof LockWaitTimeout)) throw error;
    return work(items, 'skip');
  }
}
