import { prepared, type Transaction } from '../../../shared/postgres/queryable';
import {
  claimRecords,
  type IdempotencyRecord,
  type StoredRecord,
} from '../../../shared/idempotency/idempotency-records';
import { insertRecords } from '../../../shared/idempotency/insert-records';
import { type Order } from '../domain/order';

/** {@link claimRecords} for orders: a record that guards until its order is cancelled can be claimed again after that. */
export function claimOrderRecords(
  tx: Transaction,
  records: readonly IdempotencyRecord[],
): Promise<(StoredRecord | null)[]> {
  return claimRecords(tx, records, CLAIM_ORDER_RECORDS);
}

const CLAIM_ORDER_RECORDS = prepared(
  'claim-order-records',
  insertRecords(
    '$1',
    (orderId) => `EXISTS (SELECT 1 FROM orders o WHERE o.order_id = ${orderId} AND o.status = 'CANCELLED')`,
  ),
);

/** Writes orders and their lines. */
export function insertOrders(tx: Transaction, orders: readonly Order[]): void {
  if (orders.length === 0) return;
  tx.send(INSERT_ORDERS, [JSON.stringify(orders.map(toOrderRow))]);
  tx.send(INSERT_ITEMS, [JSON.stringify(orders.flatMap(toItemRows))]);
}

const INSERT_ORDERS = prepared(
  'insert-orders',
  `INSERT INTO orders (order_id, client_id, customer_id, currency, total_minor, status, version, metadata, created_at,
                       updated_at)
   SELECT order_id, client_id, customer_id, currency, total_minor, status, version, metadata, created_at, updated_at
     FROM json_to_recordset($1::json)
          AS o (order_id uuid, client_id text, customer_id text, currency text, total_minor bigint, status text,
                version int, metadata jsonb, created_at timestamptz, updated_at timestamptz)`,
);

const INSERT_ITEMS = prepared(
  'insert-order-items',
  `INSERT INTO order_items (order_id, line, product_id, quantity, unit_price_minor)
   SELECT order_id, line, product_id, quantity, unit_price_minor
     FROM json_to_recordset($1::json)
          AS i (order_id uuid, line smallint, product_id text, quantity int, unit_price_minor bigint)`,
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
