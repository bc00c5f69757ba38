import { commitOf } from '../support/commit-times';
import { rowsOf } from '../support/rows';
import { type System } from './system';

/** The times from the commit of an order to the later commits, in milliseconds. */
export interface Journey {
  orderId: string;
  toShipmentMs: number;
  toShippedMs: number;
}

/**
 * The journeys of the orders placed since then, read afterwards from PostgreSQL's commit times (`track_commit_timestamp`) of rows that are
 * never updated. These are the times at which a client could see each row, to the microsecond, and reading them does not affect the load.
 */
export async function readJourneys(
  { orders, deliveries }: System['databases'],
  since: Date,
): Promise<Journey[]> {
  const [placed, received] = await Promise.all([
    rowsOf<Placed>(
      orders,
      `SELECT o.order_id, created.event_id, ${commitOf('s')} AS placed_ms, ${commitOf('shipped')} AS shipped_ms
         FROM orders o
         JOIN idempotency_records s ON s.order_id = o.order_id
         JOIN events created ON created.subject_id = o.order_id AND created.version = 1
         JOIN events shipped ON shipped.subject_id = o.order_id AND shipped.version = 2
        WHERE o.created_at >= $1`,
      [since],
    ),
    rowsOf<Received>(deliveries, `SELECT message_id, ${commitOf('i')} AS received_ms FROM inbox i`),
  ]);
  const receivedAt = new Map(received.map(({ message_id: id, received_ms: at }) => [id, at]));
  return placed.map((row) => ({
    orderId: row.order_id,
    toShipmentMs: (receivedAt.get(row.event_id) ?? Number.NaN) - row.placed_ms,
    toShippedMs: row.shipped_ms - row.placed_ms,
  }));
}

interface Placed {
  order_id: string;
  event_id: string;
  placed_ms: number;
  shipped_ms: number;
}

interface Received {
  message_id: string;
  received_ms: number;
}
