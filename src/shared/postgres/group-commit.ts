import { UNAVAILABLE } from '../contracts/problem';
import { AppError } from '../errors';
import { runWithoutLogFields } from '../observability/context';
import { isLostConnection } from './database-errors';

/** What became of one item of a group: a value, or an error of its own that leaves the others alone. */
export type Outcome<O> = { value: O } | { error: unknown };

export interface GroupCommitOptions<I, O> {
  /**
   * Does the work of several items in one transaction and gives the outcome of each, in their order. When it throws, nothing was
   * done, and each item is tried again alone: one bad item never fails its neighbours.
   */
  work: (items: readonly I[]) => Promise<readonly Outcome<O>[]>;
  /** What the item is about: no two items about the same are in one group. By default every item is about something else. */
  keyOf?: (item: I) => string;
  /** Most items of one group. */
  maxSize?: number;
  /** Most transactions at a time. */
  maxInFlight?: number;
}

/** How long an item waits for its turn, in milliseconds: as long as for a connection, so that a hung database is an error in time. */
const PATIENCE_MS = 900;

interface Waiting<I, O> {
  item: I;
  since: number;
  resolve: (value: O) => void;
  reject: (error: unknown) => void;
}

/**
 * Group commit: what arrives while transactions are in flight goes into the next one together, so that a commit, the dearest part of
 * a small transaction, is shared by all who wait for it. Alone, an item waits for nobody.
 *
 * @returns does the work of one item; settles once its transaction has ended. Rejects with AppError `unavailable` when its turn does
 * not come in time, and then nothing was done.
 */
export function createGroupCommit<I, O>(options: GroupCommitOptions<I, O>): (item: I) => Promise<O> {
  const { maxSize = 100, maxInFlight = 1 } = options;
  const line = waitingLine<I, O>(options.keyOf);
  let inFlight = 0;
  let isScheduled = false;

  /** Everything that the event loop has in hand at the moment comes along. */
  function schedule(): void {
    if (isScheduled || inFlight >= maxInFlight || line.isEmpty()) return;
    isScheduled = true;
    setImmediate(() => {
      isScheduled = false;
      inFlight += 1;
      void runWithoutLogFields(() => runGroup(options, line.take(maxSize))).finally(() => {
        inFlight -= 1;
        schedule();
      });
      schedule();
    });
  }

  return (item) =>
    new Promise((resolve, reject) => {
      line.add({ item, since: performance.now(), resolve, reject });
      schedule();
    });
}

async function runGroup<I, O>(
  options: GroupCommitOptions<I, O>,
  group: readonly Waiting<I, O>[],
): Promise<void> {
  try {
    const outcomes = await options.work(group.map(({ item }) => item));
    group.forEach((one, index) => settle(one, outcomes[index]));
  } catch (error) {
    // Without a connection nobody knows what was committed, and nothing else can be: each caller repeats when he sees fit.
    if (group.length === 1 || isLostConnection(error)) group.forEach(({ reject }) => reject(error));
    else await Promise.all(group.map((one) => runGroup(options, [one])));
  }
}

function settle<I, O>({ resolve, reject }: Waiting<I, O>, outcome: Outcome<O> | undefined): void {
  if (outcome && 'value' in outcome) resolve(outcome.value);
  else reject(outcome?.error ?? new Error('the work gave no outcome for this item'));
}

/** Those who wait for their turn, first come first served, and none of them for too long. */
function waitingLine<I, O>(keyOf: GroupCommitOptions<I, O>['keyOf']) {
  let waiting: Waiting<I, O>[] = [];
  let impatience: NodeJS.Timeout | undefined;

  function rejectLate(): void {
    const now = performance.now();
    const late = waiting.filter(({ since }) => since + PATIENCE_MS <= now);
    waiting = waiting.slice(late.length);
    late.forEach(({ reject }) => reject(new AppError(UNAVAILABLE, 'the database is too busy at the moment')));
    const [first] = waiting;
    impatience = first && setTimeout(rejectLate, Math.ceil(first.since + PATIENCE_MS - now));
  }

  return {
    isEmpty: () => waiting.length === 0,
    add(one: Waiting<I, O>): void {
      waiting.push(one);
      impatience ??= setTimeout(rejectLate, PATIENCE_MS);
    },
    /** At most so many, no two of them about the same. */
    take(atMost: number): Waiting<I, O>[] {
      const keys = new Set<string>();
      const group: Waiting<I, O>[] = [];
      const rest: Waiting<I, O>[] = [];
      for (const one of waiting) {
        const key = keyOf?.(one.item);
        const fits = group.length < atMost && (key === undefined || !keys.has(key));
        (fits ? group : rest).push(one);
        if (key !== undefined) keys.add(key);
      }
      waiting = rest;
      return group;
    },
  };
}
