import { type FeedEvent } from '../../../shared/event-log/event-feed';
import { type Database } from '../../../shared/postgres/queryable';
import { readChanges } from '../../orders/use-cases/read-public-events';
import { lockFanOut } from '../store/fan-out-store';
import { enqueueForOne } from '../store/queue-order-store';
import { countQueued, moveReplay, type OpenReplay, openReplays, type Replay } from '../store/replay-store';
import { CATCH_UP_PAGE, FULL_QUEUE } from './catch-up-endpoints';
import { fanEvents } from './fan-events';
import { recordSkippedEvents } from './record-missed-events';

/** An event behind so many milliseconds after the end of the range is behind all events of the range. */
const MARGIN_MS = 60_000;

/**
 * Queues the next page of each replay whose endpoint has a short queue.
 *
 * @returns whether there may be more to do at once.
 */
export async function advanceReplays(db: Database): Promise<boolean> {
  let hasMore = false;
  for (const replay of await openReplays(db, FULL_QUEUE / 2))
    hasMore = (await advance(db, replay)) || hasMore;
  return hasMore;
}

/**
 * The deliveries of a page and the cursor are written together. An event that cannot be presented makes the replay incomplete, and its
 * endpoint is told once for all such events of the page.
 */
async function advance(db: Database, replay: OpenReplay): Promise<boolean> {
  const page = await readChanges(db, { after: replay.cursor, owner: replay.clientId, limit: CATCH_UP_PAGE });
  const isGone = 'gone' in page;
  const { changes, next, hasMore } = isGone ? { changes: [], next: page.earliest, hasMore: true } : page;
  const hasEnded = !hasMore || BigInt(next.position) >= BigInt(replay.end) || isPast(changes, replay.to);
  const { events, skipped } = await fanEvents(
    db,
    changes.filter((change) => isOf(change, replay)),
  );
  await db.transaction(async (tx) => {
    await lockFanOut(tx);
    const isIncomplete = isGone || skipped.length > 0;
    if (!(await moveReplay(tx, replay, { to: next, hasEnded, isIncomplete }))) return;
    await recordSkippedEvents(tx, replay.endpointId, skipped.slice(-1));
    await countQueued(tx, replay.replayId, await enqueueForOne(tx, replay.endpointId, events));
  });
  return !hasEnded;
}

const isOf = ({ cursor, occurredAt }: FeedEvent, { from, to, end }: Replay): boolean =>
  BigInt(cursor.position) <= BigInt(end) && occurredAt >= from && occurredAt < to;

const isPast = (changes: readonly FeedEvent[], to: Date): boolean =>
  changes.length > 0 && changes.every(({ occurredAt }) => occurredAt.getTime() > to.getTime() + MARGIN_MS);
