import { type Database } from '../../../shared/postgres/queryable';
import { readChanges } from '../../orders/use-cases/read-public-events';
import {
  type BehindEndpoint,
  endpointsToCatchUp,
  fullQueues,
  markBehind,
  moveEndpointCursor,
} from '../store/endpoint-cursor-store';
import { lockFanOut } from '../store/fan-out-store';
import { enqueueForOne } from '../store/queue-order-store';
import { fanEvents } from './fan-events';
import { recordMissedEvents } from './record-missed-events';

/** A queue of that size is full. The feed keeps the events of its endpoint, until the queue is shorter than half of it. */
export const FULL_QUEUE = 10_000;

/** The maximum number of events of a page. */
export const CATCH_UP_PAGE = 200;

/**
 * Takes endpoints with full queues out of the fan-out, and brings those whose queues have room again nearer to the fan-out, each by a page.
 *
 * @returns whether there may be more to do at once.
 */
export async function catchUpEndpoints(db: Database, fullQueue = FULL_QUEUE): Promise<boolean> {
  await takeOutFull(db, fullQueue);
  const endpoints = await endpointsToCatchUp(db, Math.ceil(fullQueue / 2));
  let hasMore = false;
  for (const endpoint of endpoints) hasMore = (await catchUp(db, endpoint)) || hasMore;
  return hasMore;
}

async function takeOutFull(db: Database, fullQueue: number): Promise<void> {
  const endpointIds = await fullQueues(db, fullQueue);
  if (endpointIds.length === 0) return;
  await db.transaction(async (tx) => markBehind(tx, endpointIds, await lockFanOut(tx)));
}

/**
 * An endpoint that has reached the fan-out follows it again: the lock keeps the fan-out where it is. A page with an event that cannot be sent
 * is repeated with half as many events; a single such event is skipped, and the endpoint is told.
 */
async function catchUp(db: Database, endpoint: BehindEndpoint, limit = CATCH_UP_PAGE): Promise<boolean> {
  const { endpointId, clientId: owner, cursor } = endpoint;
  const page = await readChanges(db, { after: cursor, owner, limit });
  if ('gone' in page) {
    await recordMissedEvents(db, endpointId, cursor, page.earliest);
    return true;
  }
  const { events, skipped } = await fanEvents(db, page.changes);
  if (skipped.length > 0) {
    const [event, ...others] = page.changes;
    if (!event || others.length > 0) return catchUp(db, endpoint, Math.floor(limit / 2));
    await recordMissedEvents(db, endpointId, cursor, event.cursor);
    return true;
  }
  return db.transaction(async (tx) => {
    const fanOut = await lockFanOut(tx);
    const isPast = (position: string): boolean => BigInt(position) > BigInt(fanOut.position);
    const isBehind = BigInt(page.next.position) < BigInt(fanOut.position);
    const reached = events.filter(({ position }) => !isPast(position));
    const wanted = await moveEndpointCursor(tx, endpoint, {
      to: isBehind ? page.next : fanOut,
      isBehind,
      positions: reached.map(({ position }) => position),
    });
    if (wanted === null) return true;
    await enqueueForOne(
      tx,
      endpointId,
      reached.filter(({ position }) => wanted.has(position)),
    );
    return isBehind;
  });
}
