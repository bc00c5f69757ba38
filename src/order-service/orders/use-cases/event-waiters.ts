import { type FeedGone } from '../../../shared/event-log/event-feed';
import { type FeedCursor, isBehind } from '../../../shared/event-log/feed-cursor';
import { type Database, type Transaction } from '../../../shared/postgres/queryable';
import { createPageSizes } from '../../../shared/resilience/page-sizes';
import { type EventFilter, mayMatch } from '../domain/event-filter';
import { customersOf } from '../store/public-event-store';
import { type Changes, readChanges } from './read-public-events';

/** The number of events that one step reads, and the number to which failures reduce it. */
const MOST_READ = 500;
const FEWEST_READ = 20;

export interface WaitRequest {
  /** The end of the feed, as the reader has seen it. */
  after: FeedCursor;
  /** Null: all owners. */
  owner: string | null;
  filter: EventFilter;
}

export interface WaitOutcome {
  /** Behind the events that were found not to match. */
  cursor: FeedCursor;
  /** Whether an event behind the cursor may match, so that the reader has to read. */
  mayMatch: boolean;
}

/** Waits until an event may match, for `ms` milliseconds at most, or until the signal is aborted. */
export type WaitForEvent = (request: WaitRequest, ms: number, signal: AbortSignal) => Promise<WaitOutcome>;

/** The readers of this process that wait for events. They share the statements that look for these. */
export interface EventWaiters {
  wait: WaitForEvent;
  /** Reads the next part of the feed and ends the waits that it concerns. Without waiting readers it reads nothing. */
  step(): Promise<'more' | 'read' | 'nothing'>;
  /** Ends all waits, and later ones at once. */
  end(): void;
}

interface Waiter extends WaitRequest {
  /** Events behind its cursor were read before it began to wait: it was not compared with them. */
  isLate: boolean;
  finish(outcome: WaitOutcome): void;
}

/** @param onUrgent called when the next step should not wait for new events. */
export function createEventWaiters(db: Database, onUrgent: () => void): EventWaiters {
  const waiters = new Set<Waiter>();
  const pages = createPageSizes(FEWEST_READ);
  /** Behind the events that were compared with the waiting readers, at first the cursor of the first of these; null while none waits. */
  let seen: FeedCursor | null = null;
  let isEnded = false;

  const cursorOf = ({ after, isLate }: Waiter): FeedCursor =>
    seen !== null && !isLate && isBehind(after, seen) ? seen : after;

  const wait: WaitForEvent = (request, ms, signal) => {
    if (isEnded || signal.aborted) return Promise.resolve({ cursor: request.after, mayMatch: false });
    seen ??= request.after;
    const isLate = isBehind(request.after, seen);
    const { waiter, outcome } = createWaiter({ ...request, isLate }, ms, signal, () => ({
      cursor: cursorOf(waiter),
      mayMatch: false,
    }));
    waiters.add(waiter);
    if (isLate || waiters.size === 1) onUrgent();
    return outcome.finally(() => waiters.delete(waiter));
  };

  async function step(): Promise<'more' | 'read' | 'nothing'> {
    if (waiters.size === 0) seen = null;
    if (seen === null) return 'nothing';
    const after = seen;
    const compared = new Set<Waiter>();
    const { read, concerned } = await pages({ key: 'step', most: MOST_READ }, (limit) =>
      db.transaction(async (tx) => {
        const part = await readChanges(tx, { after, owner: null, limit });
        for (const waiter of waiters) compared.add(waiter);
        return { read: part, concerned: await concernedBy(tx, part, [...compared]) };
      }),
    );
    if ('gone' in read) {
      seen = null;
      for (const waiter of waiters) waiter.finish({ cursor: waiter.after, mayMatch: true });
      return 'read';
    }
    for (const waiter of waiters)
      if (waiter.isLate || concerned.has(waiter)) waiter.finish({ cursor: cursorOf(waiter), mayMatch: true });
      else if (!compared.has(waiter) && isBehind(waiter.after, read.next)) waiter.isLate = true;
    seen = read.next;
    return read.hasMore ? 'more' : 'read';
  }

  return {
    wait,
    step,
    end() {
      isEnded = true;
      for (const waiter of waiters) waiter.finish({ cursor: cursorOf(waiter), mayMatch: false });
    },
  };
}

/** A reader that gives up after `ms` milliseconds, or when the signal is aborted. */
function createWaiter(
  request: Omit<Waiter, 'finish'>,
  ms: number,
  signal: AbortSignal,
  givenUp: () => WaitOutcome,
): { waiter: Waiter; outcome: Promise<WaitOutcome> } {
  let finish: Waiter['finish'] = () => undefined;
  const outcome = new Promise<WaitOutcome>((resolve) => {
    const giveUp = (): void => finish(givenUp());
    const timer = setTimeout(giveUp, ms);
    signal.addEventListener('abort', giveUp);
    finish = (result) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', giveUp);
      resolve(result);
    };
  });
  return { waiter: { ...request, finish }, outcome };
}

/** The readers to which one of the changes may belong. The customers of orders are only read for readers that filter by customer. */
async function concernedBy(
  tx: Transaction,
  read: Changes | FeedGone,
  waiters: readonly Waiter[],
): Promise<ReadonlySet<Waiter>> {
  const changes = 'gone' in read ? [] : read.changes;
  const found = waiters.flatMap((waiter) => {
    const { owner, filter, after } = waiter;
    const possible = changes.filter(
      (change) =>
        (owner === null || owner === change.owner) &&
        mayMatch(change, filter) &&
        isBehind(after, change.cursor),
    );
    return possible.length > 0 ? [{ waiter, customerId: waiter.filter.customerId, possible }] : [];
  });
  const ofCustomers = found.filter(({ customerId }) => customerId !== undefined);
  const orderIds = new Set(ofCustomers.flatMap(({ possible }) => possible.map(({ subjectId }) => subjectId)));
  const customers = await customersOf(tx, [...orderIds]);
  const isConcerned = ({ customerId, possible }: (typeof found)[number]): boolean =>
    customerId === undefined || possible.some(({ subjectId }) => customers.get(subjectId) === customerId);
  return new Set(found.filter(isConcerned).map(({ waiter }) => waiter));
}
