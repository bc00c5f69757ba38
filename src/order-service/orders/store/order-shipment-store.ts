import { type OrderStatus } from '../../../shared/contracts/order-status';
import { type Queryable } from '../../../shared/postgres/queryable';
import { type LastKnownShipment } from '../domain/last-known-shipment';

/**
 * What the Delivery Service last told of an order's shipment, from the order and its latest event that names it, in one statement so
 * that both are of the same moment. Null when nothing was told yet, or there is no such order for that client (null: all).
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
             WHERE order_id = o.order_id AND type IN ('ORDER_STATUS_CHANGED', 'ORDER_SHIPPING_CHANGED')
             ORDER BY version DESC
             LIMIT 1) e ON true
      WHERE o.order_id = $1 AND ($2::text IS NULL OR o.client_id = $2)`,
    [orderId, clientId],
  );
  return rows[0] ? toLastKnown(rows[0]) : null;
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
    toldAt: row.occurred_at,
  };
}
