import { UNAVAILABLE } from '../contracts/problem';
import { AppError } from '../errors';
import { groupBy } from '../group-by';
import { runWithoutLogFields } from '../observability/context';
import { isLostConnection } from './database-errors';

/** The outcome of one item of a group: a value, or an error that concerns this item only. */
export type Outcome<O> = { value: O } | { error: unknown };

export interface GroupCommitOptions<I, O> {
  /**
   * Does the work of several items in one transaction and returns the outcome of each, in the same order. When it throws, nothing was
   * done, and the items are tried again separately: one bad item never fails the others.
   */
  work: (items: readonly I[]) => Promise<readonly Outcome<O>[]>;
  /** The key of an item: a group never holds two items with the same key. By default all items have different keys. */
  keyOf?: (item: I) => string;
  /**
   * Items with the same value are tried again together. An AppError of a group with one value fails all of its items. By default each item
   * is tried again alone.
   */
  retriedWith?: (item: I) => string;
  /** Items that are tried again separately are tried one after another, in order of arrival, instead of at the same time. */
  retriesInOrder?: boolean;
  /** The maximum number of items in one group. */
  maxSize?: number;
  /** The maximum number of concurrent transactions. */
  maxInFlight?: number;
}

/**
 * How long an item waits for a transaction, in milliseconds: as long as for a connection, so that a hung database becomes an error in
 * time.
 */
const MAX_WAIT_MS = 900;

interface Waiting<I, O> {
  item: I;
  since: number;
  resolve: (value: O) => void;
  reject: (error: unknown) => void;
}

/**
 * Group commit: items that arrive while transactions are in flight go into the next transaction together. They share its commit, the most
 * expensive part of a small transaction. A single item does not wait for others.
 *
 * @returns a function that does the work of one item and settles when the item's transaction has ended. It rejects with AppError
 * `unavailable` when no transaction takes the item in time; then nothing was done.
 */
export function createGroupCommit<I, O>(options: GroupCommitOptions<I, O>): (item: I) => Promise<O> {
  const { maxSize = 100, maxInFlight = 1 } = options;
  const queue = createWaitingQueue<I, O>(options.keyOf);
  let inFlight = 0;
  let isScheduled = false;

  /** Waits until the event loop has added all items that it is handling now, so that they join the group. */
  function schedule(): void {
    if (isScheduled || inFlight >= maxInFlight || queue.isEmpty()) return;
    isScheduled = true;
    setImmediate(() => {
      isScheduled = false;
      inFlight += 1;
      void runWithoutLogFields(() => runGroup(options, queue.take(maxSize))).finally(() => {
        inFlight -= 1;
        schedule();
      });
      schedule();
    });
  }

  return (item) =>
    new Promise((resolve, reject) => {
      queue.add({ item, since: performance.now(), resolve, reject });
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
    // After a lost connection it is unknown whether the group was committed, and a retry would fail too: each caller decides when to
    // repeat.
    const parts = isLostConnection(error) ? [] : partsToRetry(options, group, error);
    if (parts.length < 2) group.forEach(({ reject }) => reject(error));
    else if (options.retriesInOrder) for (const part of parts) await runGroup(options, part);
    else await Promise.all(parts.map((part) => runGroup(options, part)));
  }
}

function partsToRetry<I, O>(
  { retriedWith }: GroupCommitOptions<I, O>,
  group: readonly Waiting<I, O>[],
  error: unknown,
): (readonly Waiting<I, O>[])[] {
  const alone = group.map((one) => [one]);
  if (!retriedWith) return alone;
  const parts = [...groupBy(group, ({ item }) => retriedWith(item)).values()];
  return parts.length > 1 || error instanceof AppError ? parts : alone;
}

function settle<I, O>({ resolve, reject }: Waiting<I, O>, outcome: Outcome<O> | undefined): void {
  if (outcome && 'value' in outcome) resolve(outcome.value);
  else reject(outcome?.error ?? new Error('the work returned no outcome for this item'));
}

/** The items that wait for a transaction, in order of arrival. An item that waits too long is rejected. */
function createWaitingQueue<I, O>(keyOf: GroupCommitOptions<I, O>['keyOf']) {
  let waiting: Waiting<I, O>[] = [];
  let timer: NodeJS.Timeout | undefined;

  function rejectLate(): void {
    const now = performance.now();
    const late = waiting.filter(({ since }) => since + MAX_WAIT_MS <= now);
    waiting = waiting.slice(late.length);
    late.forEach(({ reject }) => reject(new AppError(UNAVAILABLE, 'the database is too busy; try again')));
    const [first] = waiting;
    timer = first && setTimeout(rejectLate, Math.ceil(first.since + MAX_WAIT_MS - now));
  }

  return {
    isEmpty: () => waiting.length === 0,
    add(one: Waiting<I, O>): void {
      waiting.push(one);
      timer ??= setTimeout(rejectLate, MAX_WAIT_MS);
    },
    /** Removes and returns at most that many items, no two with the same key. */
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
