import { type Currency } from '../../shared/contracts/currency';
import { type Cancellation, type OrderStatus } from '../../shared/contracts/order-status';
import { type Queryable, type Transaction } from '../../shared/postgres/queryable';
import { type Order } from '../domain/order';

/** An order and its lines, in one statement whatever their number. */
export async function insertOrder(tx: Transaction, order: Order): Promise<void> {
  await tx.query(
    `WITH placed AS (
       INSERT INTO orders (order_id, client_id, customer_id, currency, total_minor, status, version, metadata,
                           created_at, updated_at, checked_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, now()))
     INSERT INTO order_items (order_id, line, product_id, quantity, unit_price_minor)
     SELECT $1, line, product_id, quantity, unit_price_minor
       FROM unnest($11::text[], $12::int[], $13::bigint[])
            WITH ORDINALITY AS item (product_id, quantity, unit_price_minor, line)`,
    [
      order.orderId,
      order.clientId,
      order.customerId,
      order.currency,
      order.total,
      order.status,
      order.version,
      JSON.stringify(order.metadata),
      order.createdAt,
      order.updatedAt,
      order.items.map((item) => item.productId),
      order.items.map((item) => item.quantity),
      order.items.map((item) => item.unitPrice),
    ],
  );
}

/** Null when there is no such order, or not for that client; `clientId` null sees every client's. */
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

/** Like {@link findOrder}, and nobody else changes the order until the transaction ends. */
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

/** Writes what can change in an order's life. The caller holds its lock. */
export async function updateOrder(tx: Transaction, order: Order): Promise<void> {
  await tx.query(
    `UPDATE orders
        SET status = $2, version = $3, cancellation = $4, carrier = $5, tracking_number = $6, estimated_delivery = $7,
            shipment_version = $8, updated_at = $9, checked_at = now()
      WHERE order_id = $1`,
    [
      order.orderId,
      order.status,
      order.version,
      order.cancellation,
      order.shipping?.carrier ?? null,
      order.shipping?.trackingNumber ?? null,
      order.shipping?.estimatedDelivery ?? null,
      order.shipmentVersion,
      order.updatedAt,
    ],
  );
}

/** The columns of an order with its items, for a table aliased `o`. */
export const ORDER_COLUMNS = `o.order_id, o.client_id, o.customer_id, o.currency, o.total_minor, o.status, o.version, o.cancellation,
  o.carrier, o.tracking_number, o.estimated_delivery, o.metadata, o.shipment_version, o.created_at, o.updated_at,
  (SELECT json_agg(json_build_array(i.product_id, i.quantity, i.unit_price_minor) ORDER BY i.line)
     FROM order_items i WHERE i.order_id = o.order_id) AS items`;

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
  items: [productId: string, quantity: number, unitPriceMinor: number][];
}

export function toOrder(row: OrderRow): Order {
  return {
    orderId: row.order_id,
    clientId: row.client_id,
    customerId: row.customer_id,
    items: row.items.map(([productId, quantity, unitPrice]) => ({ productId, quantity, unitPrice })),
    currency: row.currency,
    total: Number(row.total_minor),
    status: row.status,
    version: row.version,
    cancellation: row.cancellation,
    shipping: row.carrier === null ? null : shippingOf(row, row.carrier),
    metadata: row.metadata,
    shipmentVersion: row.shipment_version,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

function shippingOf(row: OrderRow, carrier: string): Order['shipping'] {
  return { carrier, trackingNumber: row.tracking_number, estimatedDelivery: row.estimated_delivery };
}
