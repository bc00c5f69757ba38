import {
  prepared,
  preparedInsert,
  type Queryable,
  type Transaction,
} from '../../../shared/postgres/queryable';
import { findRecord, selectRecord } from '../../../shared/idempotency/find-record';
import {
  claimRecords,
  type IdempotencyRecord,
  type RecordKey,
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

const isCancelled = (orderId: string): string =>
  `EXISTS (SELECT 1 FROM orders o WHERE o.order_id = ${orderId} AND o.status = 'CANCELLED')`;

const CLAIM_ORDER_RECORDS = prepared('claim-order-records', insertRecords('$1', isCancelled));

const FIND_ORDER_RECORD = selectRecord(isCancelled);

/** The record of an earlier request with the same key; null when there is none, or when it guards no more. */
export function findOrderRecord(db: Queryable, key: RecordKey): Promise<StoredRecord | null> {
  return findRecord(db, key, FIND_ORDER_RECORD);
}

/**
 * Writes orders and their lines.
 *
 * @param stockKept the products of which orders have reserved stock, by the id of the order.
 */
export function insertOrders(
  tx: Transaction,
  orders: readonly Order[],
  stockKept: StockKept = NO_ORDERS,
): void {
  if (orders.length === 0) return;
  tx.send(INSERT_ORDERS, [JSON.stringify(orders.map((order) => toOrderRow(order, stockKept)))]);
  tx.send(INSERT_ITEMS, [JSON.stringify(orders.flatMap((order) => toItemRows(order, stockKept)))]);
}

type StockKept = ReadonlyMap<string, ReadonlySet<string>>;

const NO_ORDERS: StockKept = new Map();

const INSERT_ORDERS = preparedInsert(
  'insert-orders',
  `INSERT INTO orders (order_id, client_id, customer_id, currency, total_minor, status, version, metadata, created_at,
                       updated_at, is_stock_kept)
   SELECT order_id, client_id, customer_id, currency, total_minor, status, version, metadata, created_at, updated_at,
          coalesce(is_stock_kept, false)
     FROM json_to_recordset($1::json)
          AS o (order_id uuid, client_id text, customer_id text, currency text, total_minor bigint, status text,
                version int, metadata jsonb, created_at timestamptz, updated_at timestamptz, is_stock_kept boolean)`,
);

const INSERT_ITEMS = preparedInsert(
  'insert-order-items',
  `INSERT INTO order_items (order_id, line, product_id, quantity, unit_price_minor, catalogue_id, name, is_stock_kept)
   SELECT order_id, line, product_id, quantity, unit_price_minor, catalogue_id, name, coalesce(is_stock_kept, false)
     FROM json_to_recordset($1::json)
          AS i (order_id uuid, line smallint, product_id text, quantity int, unit_price_minor bigint, catalogue_id uuid,
                name text, is_stock_kept boolean)`,
);

/** Members that are absent become NULL. */
const toOrderRow = (order: Order, stockKept: StockKept) => ({
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
  ...(stockKept.has(order.orderId) && { is_stock_kept: true }),
});

const toItemRows = ({ orderId, items }: Order, stockKept: StockKept) =>
  items.map((item, index) => ({
    order_id: orderId,
    line: index + 1,
    product_id: item.productId,
    quantity: item.quantity,
    unit_price_minor: item.unitPrice,
    ...(item.catalogue && { catalogue_id: item.catalogue.productId, name: item.catalogue.name }),
    ...(item.catalogue && stockKept.get(orderId)?.has(item.catalogue.productId) && { is_stock_kept: true }),
  }));
