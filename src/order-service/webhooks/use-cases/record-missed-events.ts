import { randomUUID } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import { type FeedCursor } from '../../../shared/event-log/feed-cursor';
import { type Database, type Transaction } from '../../../shared/postgres/queryable';
import { recordMissed, recordSkipped } from '../store/endpoint-cursor-store';
import { lockFanOut, moveFanOut } from '../store/fan-out-store';
import { type SkippedEvent } from './fan-events';
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

/**
 * Records events that cannot be presented as a gap, as if they had been removed. The fan-out must be locked.
 *
 * @param endpointId the endpoint that misses them; null: the endpoints of their clients that follow the fan-out.
 */
export async function recordSkippedEvents(
  tx: Transaction,
  endpointId: string | null,
  skipped: readonly SkippedEvent[],
): Promise<void> {
  const occurredAt = new Date();
  for (const { owner, cursor } of skipped) {
    const event = { owner, position: cursor.position };
    await announce(tx, cursor, await recordSkipped(tx, endpointId, event, occurredAt), occurredAt);
  }
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
