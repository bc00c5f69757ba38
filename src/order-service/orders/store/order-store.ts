import { type Currency } from '../../../shared/contracts/money';
import { type Cancellation, type OrderStatus } from '../../../shared/contracts/status-machines';
import { createBatchLoader } from '../../../shared/runtime/batch-loader';
import { preparedByKey, type Queryable, type Transaction } from '../../../shared/postgres/queryable';
import { type Order, type OrderItem, shippingOf } from '../domain/order';

/** The columns of an order with its items, for a table aliased `o`. */
export const ORDER_COLUMNS = `o.order_id, o.client_id, o.customer_id, o.currency, o.total_minor, o.status, o.version, o.cancellation,
  o.carrier, o.tracking_number, o.estimated_delivery, o.metadata, o.shipment_version, o.created_at, o.updated_at,
  (SELECT json_agg(json_build_array(i.product_id, i.quantity, i.unit_price_minor, i.catalogue_id, i.name) ORDER BY i.line)
     FROM order_items i WHERE i.order_id = o.order_id) AS items`;

const LOCK_ORDERS = preparedByKey(
  'lock-orders',
  `SELECT ${ORDER_COLUMNS}, o.is_stock_kept
     FROM orders o WHERE o.order_id = ANY ($1::uuid[]) ORDER BY o.order_id FOR UPDATE OF o`,
);

const UPDATE_ORDERS = preparedByKey(
  'update-orders',
  `UPDATE orders o
      SET status = next.status, version = next.version, cancellation = next.cancellation, carrier = next.carrier,
          tracking_number = next.tracking_number, estimated_delivery = next.estimated_delivery,
          shipment_version = next.shipment_version, updated_at = next.updated_at
     FROM json_to_recordset($1::json)
          AS next (order_id uuid, status text, version int, cancellation text, carrier text, tracking_number text,
                   estimated_delivery timestamptz, shipment_version int, updated_at timestamptz)
    WHERE o.order_id = next.order_id`,
);

/** Null when the order does not exist or belongs to another client; with `clientId` null, finds every client's orders. */
export async function findOrder(
  db: Queryable,
  orderId: string,
  clientId: string | null,
): Promise<Order | null> {
  const { rows } = await db.query<OrderRow>(
    `SELECT ${ORDER_COLUMNS} FROM orders o WHERE o.order_id = $1 AND ($2::text IS NULL OR o.client_id = $2)`,
    [orderId, clientId],
  );
  return rows[0] ? toOrder(rows[0]) : null;
}

export type FindOrder = (orderId: string, clientId: string | null) => Promise<Order | null>;

/** {@link findOrder} for concurrent callers: one statement for all of them. */
export function createOrderFinder(db: Queryable): FindOrder {
  const find = createBatchLoader(async (orderIds: readonly string[]) => {
    const { rows } = await db.query<OrderRow>(
      `SELECT ${ORDER_COLUMNS} FROM orders o WHERE o.order_id = ANY ($1::uuid[])`,
      [orderIds],
    );
    const found = new Map(rows.map((row) => [row.order_id, toOrder(row)]));
    return orderIds.map((orderId) => found.get(orderId.toLowerCase()) ?? null);
  });
  return async (orderId, clientId) => {
    const order = await find(orderId);
    return clientId === null || order?.clientId === clientId ? order : null;
  };
}

/** Like {@link findOrder}, and locks the order until the transaction ends. */
export async function lockOrder(
  tx: Transaction,
  orderId: string,
  clientId: string | null,
): Promise<Order | null> {
  const { rows } = await tx.query<OrderRow>(
    `SELECT ${ORDER_COLUMNS} FROM orders o WHERE o.order_id = $1 AND ($2::text IS NULL OR o.client_id = $2) FOR UPDATE OF o`,
    [orderId, clientId],
  );
  return rows[0] ? toOrder(rows[0]) : null;
}

/** Whether the order reserved stock when it was placed. */
export type LockedOrder = Order & { readonly isStockKept: boolean };

/**
 * Locks orders of any client until the transaction ends and returns them by id. The rows are locked in the order of their ids, so that two
 * transactions never deadlock.
 */
export async function lockOrders(
  tx: Transaction,
  orderIds: readonly string[],
): Promise<Map<string, LockedOrder>> {
  const { rows } = await tx.query<OrderRow & { is_stock_kept: boolean }>(LOCK_ORDERS, [orderIds]);
  return new Map(
    rows.map((row) => [row.order_id, { ...toOrder(row), isStockKept: row.is_stock_kept }] as const),
  );
}

/** Writes the columns that can change after an order is placed. The caller holds the row locks. */
export function updateOrders(tx: Transaction, orders: readonly Order[]): void {
  if (orders.length > 0) tx.send(UPDATE_ORDERS, [JSON.stringify(orders.map(toChangedRow))]);
}

const toChangedRow = (order: Order) => ({
  order_id: order.orderId,
  status: order.status,
  version: order.version,
  cancellation: order.cancellation,
  carrier: order.shipping?.carrier ?? null,
  tracking_number: order.shipping?.trackingNumber ?? null,
  estimated_delivery: order.shipping?.estimatedDelivery ?? null,
  shipment_version: order.shipmentVersion,
  updated_at: order.updatedAt,
});

export interface OrderRow {
  order_id: string;
  client_id: string;
  customer_id: string;
  currency: Currency;
  total_minor: string;
  status: OrderStatus;
  version: number;
  cancellation: Cancellation | null;
  carrier: string | null;
  tracking_number: string | null;
  estimated_delivery: Date | null;
  metadata: Record<string, string>;
  shipment_version: number;
  created_at: Date;
  updated_at: Date;
  items: ItemRow[];
}

type ItemRow = [
  productId: string,
  quantity: number,
  unitPriceMinor: number,
  catalogueId: string | null,
  name: string | null,
];

const toItem = ([productId, quantity, unitPrice, catalogueId, name]: ItemRow): OrderItem => ({
  productId,
  quantity,
  unitPrice,
  ...(catalogueId !== null && name !== null && { catalogue: { productId: catalogueId, name } }),
});

export function toOrder(row: OrderRow): Order {
  return {
    orderId: row.order_id,
    clientId: row.client_id,
    customerId: row.customer_id,
    items: row.items.map(toItem),
    currency: row.currency,
    total: Number(row.total_minor),
    status: row.status,
    version: row.version,
    cancellation: row.cancellation,
    shipping: shippingOf({
      carrier: row.carrier,
      trackingNumber: row.tracking_number,
      estimatedDelivery: row.estimated_delivery,
    }),
    metadata: row.metadata,
    shipmentVersion: row.shipment_version,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
