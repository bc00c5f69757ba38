import { commitOf } from '../support/commit-times';
import { rowsOf } from '../support/rows';
import { readSchema, recordsTable, type Schema } from './schema';
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
    rowsOf<Placed>(orders, placedOrders(await readSchema(orders)), [since]),
    rowsOf<Received>(deliveries, `SELECT message_id, ${commitOf('i')} AS received_ms FROM inbox i`),
  ]);
  const receivedAt = new Map(received.map(({ message_id: id, received_ms: at }) => [id, at]));
  return placed.map((row) => ({
    orderId: row.order_id,
    toShipmentMs: (receivedAt.get(row.event_id) ?? Number.NaN) - row.placed_ms,
    toShippedMs: row.shipped_ms - row.placed_ms,
  }));
}

/** The statement with the names that the tables and columns have in this schema. */
function placedOrders(schema: Schema): string {
  const subject = schema.get('events')?.has('subject_id') ? 'subject_id' : 'order_id';
  return `
    SELECT o.order_id, created.event_id, ${commitOf('s')} AS placed_ms, ${commitOf('shipped')} AS shipped_ms
      FROM orders o
      JOIN ${recordsTable(schema)} s ON s.order_id = o.order_id
      JOIN events created ON created.${subject} = o.order_id AND created.version = 1
      JOIN events shipped ON shipped.${subject} = o.order_id AND shipped.version = 2
     WHERE o.created_at >= $1`;
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
