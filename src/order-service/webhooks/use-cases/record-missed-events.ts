import { randomUUID } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import { AppError } from '../../../shared/errors';
import { type FeedCursor } from '../../../shared/event-log/feed-cursor';
import { isServerAnswer } from '../../../shared/postgres/database-errors';
import { type Database, type Transaction } from '../../../shared/postgres/queryable';
import { readChanges } from '../../orders/use-cases/read-public-events';
import { recordMissed, recordSkipped } from '../store/endpoint-cursor-store';
import { lockFanOut, moveFanOut } from '../store/fan-out-store';
import { queueNotice } from './queue-notice';

/**
 * Goes on at the earliest event that the feed still has, because those behind a cursor were removed. Each endpoint that missed events says so in
 * its member `missed_before`, and gets the notice `webhook.events_missed`.
 *
 * @param endpointId null: the cursor is that of the fan-out, for all endpoints that follow it.
 */
export async function recordMissedEvents(
  db: Database,
  endpointId: string | null,
  from: FeedCursor,
  earliest: FeedCursor,
): Promise<void> {
  await db.transaction(async (tx) => {
    const position =
      endpointId === null
        ? (await moveFanOut(tx, { from, to: earliest, token: randomUUID() })) && earliest
        : await lockFanOut(tx);
    if (position === false) return;
    const occurredAt = new Date();
    await announce(tx, position, await recordMissed(tx, endpointId, earliest, occurredAt), occurredAt);
  });
}

/** Such an error says nothing about the events that were read: they are read again. */
export const isOfDatabase = (error: unknown): boolean => error instanceof AppError || isServerAnswer(error);

/**
 * Moves the fan-out over the next event of the feed, which cannot be sent. It is a gap for the endpoints of its client, as if it had been
 * removed.
 *
 * @returns the id of the event; null when another process has moved the fan-out.
 */
export async function skipEvent(db: Database, from: FeedCursor): Promise<string | null> {
  return db.transaction(async (tx) => {
    const page = await readChanges(tx, { after: from, owner: null, limit: 1 });
    const [event] = 'gone' in page ? [] : page.changes;
    if (!event) return null;
    const { owner, eventId, cursor } = event;
    if (!(await moveFanOut(tx, { from, to: cursor, token: randomUUID() }))) return null;
    const occurredAt = new Date();
    const missed = await recordSkipped(tx, { owner, position: cursor.position }, occurredAt);
    await announce(tx, cursor, missed, occurredAt);
    return eventId;
  });
}

async function announce(
  tx: Transaction,
  position: FeedCursor,
  endpoints: readonly { endpointId: string; clientId: string }[],
  occurredAt: Date,
): Promise<void> {
  for (const { endpointId, clientId } of endpoints)
    await queueNotice(tx, position, {
      notice: {
        eventId: uuidv7(),
        type: 'webhook.events_missed',
        occurredAt,
        endpointId,
        data: { missed_before: occurredAt.toISOString() },
      },
      clientId,
      receivers: [endpointId],
    });
}
