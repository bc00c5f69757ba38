import { type Cancellation, type OrderStatus } from '../../../shared/contracts/status-machines';
import { type Queryable } from '../../../shared/postgres/queryable';
import { type OrderView } from '../domain/compare-shipment';
import { type LastKnownShipment, shippingOf } from '../domain/order';

/** The state of those orders for the comparison with their shipments, by id. Orders that do not exist are left out. */
export async function findOrderViews(
  db: Queryable,
  orderIds: readonly string[],
): Promise<Map<string, OrderView>> {
  const { rows } = await db.query<ViewRow>(
    `SELECT o.order_id, o.status, o.version, o.shipment_version, o.cancellation, o.carrier, o.tracking_number, o.estimated_delivery,
            coalesce((e.payload->>'attempts')::int, 0) AS attempts,
            coalesce(e.payload->>'status', 'PENDING_SHIPMENT') AS logged_status
       FROM orders o
       LEFT JOIN LATERAL (
            SELECT payload FROM events
             WHERE subject_id = o.order_id AND type = 'ORDER_STATUS_CHANGED'
             ORDER BY version DESC
             LIMIT 1) e ON true
      WHERE o.order_id = ANY ($1::uuid[])`,
    [orderIds],
  );
  return new Map(rows.map((row) => [row.order_id, toView(row)]));
}

/**
 * The last state of an order's shipment that the Delivery Service reported, from the order and its latest event that names the shipment.
 * One statement reads both, so that they belong to the same moment. Null when nothing was reported yet, or when the client (null: any) has
 * no such order.
 */
export async function findLastKnownShipment(
  db: Queryable,
  orderId: string,
  clientId: string | null,
): Promise<LastKnownShipment | null> {
  const { rows } = await db.query<LastKnownRow>(
    `SELECT o.order_id, o.status, o.shipment_version, o.carrier, o.tracking_number, o.estimated_delivery,
            e.payload->>'shipment_id' AS shipment_id, (e.payload->>'attempts')::int AS attempts, e.occurred_at
       FROM orders o
       JOIN LATERAL (
            SELECT payload, occurred_at FROM events
             WHERE subject_id = o.order_id AND type IN ('ORDER_STATUS_CHANGED', 'ORDER_SHIPPING_CHANGED')
             ORDER BY version DESC
             LIMIT 1) e ON true
      WHERE o.order_id = $1 AND ($2::text IS NULL OR o.client_id = $2)`,
    [orderId, clientId],
  );
  return rows[0] ? toLastKnown(rows[0]) : null;
}

/** The ids of those orders that exist. */
export async function existingOrders(db: Queryable, orderIds: readonly string[]): Promise<Set<string>> {
  const { rows } = await db.query<{ order_id: string }>(
    'SELECT order_id FROM orders WHERE order_id = ANY ($1::uuid[])',
    [orderIds],
  );
  return new Set(rows.map((row) => row.order_id));
}

/** An order in a page of a sweep. */
export interface SweptOrder {
  orderId: string;
  /** Whether the order is open and has changed within `afterSeconds`: messages about it can be on their way. */
  isMoving: boolean;
}

/** The next older orders: those with an id below `before`, newest first. */
export async function ordersBefore(
  db: Queryable,
  before: string,
  afterSeconds: number,
  limit: number,
): Promise<SweptOrder[]> {
  const { rows } = await db.query<{ order_id: string; is_moving: boolean }>(
    `SELECT order_id, status NOT IN ('DELIVERED', 'RETURNED', 'CANCELLED')
                      AND updated_at BETWEEN now() - make_interval(secs => $2) AND now() AS is_moving
       FROM orders WHERE order_id < $1 ORDER BY order_id DESC LIMIT $3`,
    [before, afterSeconds, limit],
  );
  return rows.map((row) => ({ orderId: row.order_id, isMoving: row.is_moving }));
}

interface ViewRow {
  order_id: string;
  status: OrderStatus;
  version: number;
  shipment_version: number;
  cancellation: Cancellation | null;
  carrier: string | null;
  tracking_number: string | null;
  estimated_delivery: Date | null;
  attempts: number;
  logged_status: OrderStatus;
}

function toView(row: ViewRow): OrderView {
  return {
    orderId: row.order_id,
    status: row.status,
    version: row.version,
    attempts: row.attempts,
    shipmentVersion: row.shipment_version,
    shipping: shippingOf({
      carrier: row.carrier,
      trackingNumber: row.tracking_number,
      estimatedDelivery: row.estimated_delivery,
    }),
    isCancelRequested: row.cancellation === 'requested',
    isLogConsistent: row.status === row.logged_status,
  };
}

interface LastKnownRow {
  order_id: string;
  status: OrderStatus;
  shipment_version: number;
  carrier: string | null;
  tracking_number: string | null;
  estimated_delivery: Date | null;
  shipment_id: string;
  attempts: number;
  occurred_at: Date;
}

function toLastKnown(row: LastKnownRow): LastKnownShipment {
  return {
    shipmentId: row.shipment_id,
    orderId: row.order_id,
    orderStatus: row.status,
    version: row.shipment_version,
    attempts: row.attempts,
    carrier: row.carrier,
    trackingNumber: row.tracking_number,
    estimatedDelivery: row.estimated_delivery,
    reportedAt: row.occurred_at,
  };
}
