import { randomUUID } from 'node:crypto';
import { type FeedCursor } from '../../../shared/event-log/feed-cursor';
import { type FeedEvent } from '../../../shared/event-log/event-feed';
import { type Database } from '../../../shared/postgres/queryable';
import { declareCrashPoint } from '../../../shared/resilience/crash-point';
import { readChanges } from '../../orders/use-cases/read-public-events';
import { type Enqueued, type Room } from '../domain/delivery';
import { clientsWithEndpoints, moveFanOut, readFanOutState } from '../store/fan-out-store';
import { enqueueForAll } from '../store/queue-insert-store';
import { fanEvents } from './fan-events';
import { recordMissedEvents } from './record-missed-events';

const crashAfterFanOut = declareCrashPoint('webhooks.after-fan-out');

/** The maximum number of events of a page, and the number to which failures reduce it. */
const MOST_EVENTS = 500;
const FEWEST_EVENTS = 20;

/** How long the state of the endpoints may be remembered, in milliseconds. */
const REMEMBERED_MS = 10_000;

export interface FannedOut extends Enqueued {
  /** The bodies of the requests, by event id. */
  bodies: ReadonlyMap<string, string>;
  /** `waiting`: no endpoint receives events; `more`: the feed may have more. */
  state: 'waiting' | 'done' | 'more';
}

/** Adds the next page of the feed to the queues of the endpoints. */
export type FanOut = (room: Room) => Promise<FannedOut>;

/**
 * Creates the fan-out of a process. All processes move the same cursor, and a page counts only for the one that moves it. A page that fails is
 * repeated with half as many events.
 */
export function createFanOut(db: Database): FanOut {
  let atMost = MOST_EVENTS;
  let remembered: { cursor: FeedCursor; until: number } | null = null;

  return async (room) => {
    const known = remembered !== null && performance.now() < remembered.until ? remembered.cursor : null;
    // Until the transaction has ended, its outcome is unknown.
    remembered = null;
    const from = known ?? (await startOfFanOut(db));
    if (from === null) return nothing('waiting');
    const limit = atMost;
    atMost = Math.max(FEWEST_EVENTS, Math.floor(limit / 2));
    const page = await readChanges(db, { after: from, owner: null, limit });
    if ('gone' in page) {
      // A remembered cursor can be that of a database which was replaced by an older backup.
      if (known === null) await recordMissedEvents(db, null, from, page.earliest);
      return nothing('more');
    }
    const fanned = await fanOutPage(db, page.changes, { from, to: page.next, room });
    atMost = Math.min(MOST_EVENTS, limit * 2);
    if (!fanned) return nothing('more');
    remembered = { cursor: page.next, until: performance.now() + REMEMBERED_MS };
    return { ...fanned, state: page.hasMore ? 'more' : 'done' };
  };
}

const nothing = (state: FannedOut['state']): FannedOut => ({
  taken: [],
  withMore: [],
  bodies: new Map(),
  state,
});

/** Where the fan-out goes on; null while no endpoint receives events. Events before the first endpoint are skipped. */
async function startOfFanOut(db: Database): Promise<FeedCursor | null> {
  const { cursor, start } = await readFanOutState(db);
  if (start === null || BigInt(start.position) <= BigInt(cursor.position)) return start && cursor;
  const move = { from: cursor, to: start, token: randomUUID() };
  const isMoved = await db.transaction((tx) => moveFanOut(tx, move));
  return isMoved ? start : startOfFanOut(db);
}

/**
 * The endpoints of the page's owners are looked up after the page was read, and its events are joined with the endpoints in the transaction: an
 * endpoint that was created before an event of the page gets the event.
 *
 * @returns null when another process has moved the fan-out.
 */
async function fanOutPage(
  db: Database,
  changes: readonly FeedEvent[],
  { from, to, room }: { from: FeedCursor; to: FeedCursor; room: Room },
): Promise<Omit<FannedOut, 'state'> | null> {
  if (to.position === from.position) return nothing('done');
  const owners = [...new Set(changes.map(({ owner }) => owner))];
  const clients = owners.length === 0 ? new Set() : await clientsWithEndpoints(db, owners);
  const wanted = changes.filter(({ owner }) => clients.has(owner));
  const { events, bodies } = await fanEvents(db, wanted);
  const token = randomUUID();
  const [isMoved, enqueued] = await db.transaction(
    (tx) => {
      const moved = moveFanOut(tx, { from, to, token });
      return Promise.all([moved, events.length === 0 ? null : enqueueForAll(tx, events, { token, room })]);
    },
    // After a crash of the server the queue and the cursor are those of a moment before, and the events are added again.
    { commit: 'asynchronous' },
  );
  if (!isMoved) return null;
  if (enqueued === null) return nothing('done');
  crashAfterFanOut();
  return { ...enqueued, bodies };
}
