import { eventRows, insertEvents } from '../../../shared/event-log/append-events';
import { type LoggedEvent } from '../../../shared/event-log/event';
import { type Outcome } from '../../../shared/postgres/group-commit';
import { prepared, type Queryable } from '../../../shared/postgres/queryable';
import { LOCK_TIMEOUT_MS } from '../../../shared/postgres/transaction';
import { type Order } from '../domain/order';
import {
  claimWith,
  type KeyRow,
  type StoredRecord,
  type IdempotencyRecord,
} from '../../../shared/idempotency/idempotency-records';
import { insertRecords } from '../../../shared/idempotency/insert-records';

/** The rows that are written when an order is placed. */
export interface Placement {
  record: IdempotencyRecord;
  order: Order;
  event: LoggedEvent;
}

/**
 * Writes orders, each with its idempotency record, its lines and its event, in one statement and so in one transaction. The outcomes have the
 * sequence of `placements`: null when the order was written; else the earlier record, or the error that prevented reading it, and
 * nothing was written.
 *
 * @param placements no two with the same record key.
 * @throws AppError `conflict` (`request_in_progress`) when another transaction takes too long to write one of the records.
 */
export async function writePlacements(
  db: Queryable,
  placements: readonly Placement[],
): Promise<Outcome<StoredRecord | null>[]> {
  const records = placements.map(({ record }) => record);
  const orders = placements.map(({ order }) => order);
  const parameters = [
    JSON.stringify(orders.map(toOrderRow)),
    JSON.stringify(orders.flatMap(toItemRows)),
    eventRows(placements.map(({ event }) => event)),
  ];
  return claimWith(db, records, (rows) => db.query<KeyRow>(WRITE_PLACEMENTS, [rows, ...parameters]));
}

const isCancelledOrder = (orderId: string): string =>
  `EXISTS (SELECT 1 FROM orders o WHERE o.order_id = ${orderId} AND o.status = 'CANCELLED')`;

const IS_CLAIMED = 'order_id IN (SELECT order_id FROM claimed)';

const WRITE_PLACEMENTS = prepared(
  'write-placements',
  `
  WITH lock_limit AS MATERIALIZED (
    SELECT set_config('lock_timeout', '${LOCK_TIMEOUT_MS}', true)),
  claimed AS (
    ${insertRecords('$1', { first: 'lock_limit', isCancelled: isCancelledOrder })}),
  placed AS (
    INSERT INTO orders (order_id, client_id, customer_id, currency, total_minor, status, version, metadata, created_at,
                        updated_at, checked_at)
    SELECT order_id, client_id, customer_id, currency, total_minor, status, version, metadata, created_at, updated_at, now()
      FROM json_to_recordset($2::json)
           AS o (order_id uuid, client_id text, customer_id text, currency text, total_minor bigint, status text,
                 version int, metadata jsonb, created_at timestamptz, updated_at timestamptz)
     WHERE ${IS_CLAIMED}),
  lines AS (
    INSERT INTO order_items (order_id, line, product_id, quantity, unit_price_minor)
    SELECT order_id, line, product_id, quantity, unit_price_minor
      FROM json_to_recordset($3::json)
           AS i (order_id uuid, line smallint, product_id text, quantity int, unit_price_minor bigint)
     WHERE ${IS_CLAIMED}),
  logged AS (
    ${insertEvents('$4', IS_CLAIMED)})
  SELECT client_id, route, kind, key FROM claimed`,
);

const toOrderRow = (order: Order) => ({
  order_id: order.orderId,
  client_id: order.clientId,
  customer_id: order.customerId,
  currency: order.currency,
  total_minor: order.total,
  status: order.status,
  version: order.version,
  metadata: order.metadata,
  created_at: order.createdAt,
  updated_at: order.updatedAt,
});

const toItemRows = ({ orderId, items }: Order) =>
  items.map((item, index) => ({
    order_id: orderId,
    line: index + 1,
    product_id: item.productId,
    quantity: item.quantity,
    unit_price_minor: item.unitPrice,
  }));
