import { randomUUID } from 'node:crypto';
import { type FeedCursor, isBehind } from '../../../shared/event-log/feed-cursor';
import { type FeedEvent, type FeedGone } from '../../../shared/event-log/event-feed';
import { type Database, type Transaction } from '../../../shared/postgres/queryable';
import { declareCrashPoint } from '../../../shared/resilience/crash-point';
import { catalogueTypeOf, isOfCatalogue } from '../../orders/domain/catalogue-event';
import { readChanges } from '../../orders/use-cases/read-public-events';
import { type Enqueued, type Room } from '../domain/delivery';
import {
  lockFanOut,
  moveFanOut,
  readFanOutState,
  wantedTypes,
  type WantedTypes,
} from '../store/fan-out-store';
import { enqueueForAll } from '../store/queue-insert-store';
import { fanEvents, type SkippedEvent } from './fan-events';
import { recordMissedEvents, recordSkippedEvents } from './record-missed-events';

const crashAfterFanOut = declareCrashPoint('webhooks.after-fan-out');

/** The maximum number of events of a page, and the number to which failures reduce it. */
const MOST_EVENTS = 500;
const FEWEST_EVENTS = 20;

/** How long the state of the endpoints may be remembered, in milliseconds. */
const REMEMBERED_MS = 10_000;

export interface FannedOut extends Enqueued {
  /** The bodies of the requests, by event id. */
  bodies: ReadonlyMap<string, string>;
  /** The number of events of the feed that were read. */
  read: number;
  /** Events that cannot be presented: they are not sent. */
  skipped: readonly SkippedEvent[];
  /** `waiting`: no endpoint receives events; `more`: the feed may have more. */
  state: 'waiting' | 'done' | 'more';
}

/** Adds the next page of the feed, at most that many events, to the queues of the endpoints. */
export type FanOut = (room: Room, allowed: number) => Promise<FannedOut>;

/**
 * Creates the fan-out of a process. All processes move the same cursor, and a page counts only for the one that moves it. A page that fails is
 * repeated with half as many events; an event that cannot be presented is skipped.
 */
export function createFanOut(db: Database): FanOut {
  let atMost = MOST_EVENTS;
  let remembered: { cursor: FeedCursor; until: number } | null = null;

  return async (room, allowed) => {
    const valid = remembered !== null && performance.now() < remembered.until ? remembered : null;
    const known = valid?.cursor ?? null;
    // Until the transaction has ended, its outcome is unknown.
    remembered = null;
    const from = known ?? (await startOfFanOut(db));
    if (from === null) return nothing('waiting');
    const limit = atMost;
    const size = Math.min(limit, allowed);
    atMost = Math.max(FEWEST_EVENTS, Math.floor(limit / 2));
    const page = await db.transaction(
      (tx) => fanOutPage(tx, { from, limit: size, room }),
      // After a crash of the server the queue and the cursor are those of a moment before, and the events are added again.
      { commit: 'asynchronous' },
    );
    if (page !== null && 'gone' in page) {
      // A remembered cursor can be that of a database which was replaced by an older backup.
      if (known === null) await recordMissedEvents(db, null, from, page.earliest);
      return nothing('more');
    }
    atMost = Math.min(MOST_EVENTS, limit * 2);
    if (page === null) return nothing('more');
    if (page.bodies.size > 0) crashAfterFanOut();
    remembered = { cursor: page.next, until: valid?.until ?? performance.now() + REMEMBERED_MS };
    return page;
  };
}

const nothing = (state: FannedOut['state']): FannedOut => ({
  taken: [],
  withMore: [],
  bodies: new Map(),
  read: 0,
  skipped: [],
  state,
});

/**
 * Where the fan-out goes on; null while no endpoint receives events. Events before the first endpoint are skipped, which is decided under the
 * lock: an endpoint that has caught up joins the fan-out where it is.
 */
async function startOfFanOut(db: Database): Promise<FeedCursor | null> {
  const { cursor, start } = await readFanOutState(db);
  if (start === null || !isBehind(cursor, start)) return start && cursor;
  return db.transaction(async (tx) => {
    await lockFanOut(tx);
    const { cursor: from, start: to } = await readFanOutState(tx);
    if (to === null || !isBehind(from, to)) return to && from;
    await moveFanOut(tx, { from, to, token: randomUUID() });
    return to;
  });
}

interface FannedPage extends FannedOut {
  next: FeedCursor;
}

/**
 * Reads a page and adds its events, in one transaction. The endpoints of the page's owners are looked up after the page was read, and its events
 * are joined with the endpoints when they are added: an endpoint that was created before an event of the page gets the event.
 *
 * @returns null when another process has moved the fan-out.
 */
async function fanOutPage(
  tx: Transaction,
  { from, limit, room }: { from: FeedCursor; limit: number; room: Room },
): Promise<FannedPage | FeedGone | null> {
  const page = await readChanges(tx, { after: from, owner: null, limit, isPrepared: true });
  if ('gone' in page) return page;
  const { changes, next, hasMore } = page;
  const rest = { next, read: changes.length, state: hasMore ? 'more' : 'done' } as const;
  if (next.position === from.position) return { ...nothing('done'), ...rest };
  const owners = [...new Set(changes.map(({ owner }) => owner))];
  const wanted = owners.length === 0 ? new Map<string, WantedTypes>() : await wantedTypes(tx, owners);
  const { events, bodies, skipped } = await fanEvents(
    tx,
    changes.filter((change) => isWanted(change, wanted.get(change.owner))),
  );
  const token = randomUUID();
  const moved = moveFanOut(tx, { from, to: next, token });
  if (skipped.length > 0 && (await moved)) await recordSkippedEvents(tx, null, skipped);
  if (events.length === 0) return (await moved) ? { ...nothing('done'), ...rest, skipped } : null;
  const [isMoved, enqueued] = await Promise.all([moved, enqueueForAll(tx, events, { token, room })]);
  return isMoved ? { ...enqueued, bodies, ...rest, skipped } : null;
}

/** Whether an endpoint of its owner may receive an event. The type of an event of an order is not known before the event is presented. */
const isWanted = (change: FeedEvent, types: WantedTypes | undefined): boolean =>
  types !== undefined && (types === 'all' || !isOfCatalogue(change) || types.has(catalogueTypeOf(change)));
