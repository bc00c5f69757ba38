import { groupBy } from '../group-by';
import { type Queryable } from '../postgres/queryable';
import { type StoredEvent } from './event';

/** The columns of a {@link StoredEvent}, for a table aliased `e`. */
export const EVENT_COLUMNS = `e.seq, e.event_id, e.order_id, e.version, e.type, e.payload, e.actor, e.correlation_id,
  e.traceparent, e.occurred_at, e.queue, e.published_at, e.resends`;

export interface EventRow {
  seq: string;
  event_id: string;
  order_id: string;
  version: number;
  type: string;
  payload: unknown;
  actor: string;
  correlation_id: string;
  traceparent: string;
  occurred_at: Date;
  queue: string | null;
  published_at: Date | null;
  resends: number;
}

/** An order's events with a version above `after`, oldest first. */
export async function eventsOfOrder(db: Queryable, orderId: string, after = 0): Promise<StoredEvent[]> {
  const { rows } = await db.query<EventRow>(
    `SELECT ${EVENT_COLUMNS} FROM events e WHERE e.order_id = $1 AND e.version > $2 ORDER BY e.version`,
    [orderId, after],
  );
  return rows.map(toStoredEvent);
}

/** All events of the given orders, grouped by order id, oldest first. */
export async function eventsOfOrders(
  db: Queryable,
  orderIds: readonly string[],
): Promise<Map<string, StoredEvent[]>> {
  const { rows } = await db.query<EventRow>(
    `SELECT ${EVENT_COLUMNS} FROM events e WHERE e.order_id = ANY ($1::uuid[]) ORDER BY e.order_id, e.version`,
    [orderIds],
  );
  return groupBy(rows.map(toStoredEvent), ({ orderId }) => orderId);
}

/** The correlation ids of the requests that placed the given orders; orders without their first event are left out. */
export async function correlationIdsOf(
  db: Queryable,
  orderIds: readonly string[],
): Promise<Map<string, string>> {
  const { rows } = await db.query<Pick<EventRow, 'order_id' | 'correlation_id'>>(
    'SELECT order_id, correlation_id FROM events WHERE order_id = ANY ($1::uuid[]) AND version = 1',
    [orderIds],
  );
  return new Map(rows.map((row) => [row.order_id, row.correlation_id]));
}

export function toStoredEvent(row: EventRow): StoredEvent {
  return {
    seq: row.seq,
    eventId: row.event_id,
    orderId: row.order_id,
    version: row.version,
    type: row.type,
    payload: row.payload,
    actor: row.actor,
    correlationId: row.correlation_id,
    traceparent: row.traceparent,
    occurredAt: row.occurred_at,
    queue: row.queue,
    publishedAt: row.published_at,
    resends: row.resends,
  };
}
