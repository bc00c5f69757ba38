import { type ShipmentStatus } from '../../shared/contracts/status-machines';
import { batchPruning, type PruneBatch } from '../../shared/event-log/prune-events';
import { type Queryable, type Transaction } from '../../shared/postgres/queryable';
import { type Shipment } from '../domain/shipment';

/** The columns of a shipment, for a table aliased `s`. */
export const SHIPMENT_COLUMNS = `s.shipment_id, s.order_id, s.client_id, s.customer_id, s.items, s.status, s.version, s.attempts, s.carrier,
  s.tracking_number, s.estimated_delivery, s.correlation_id, s.traceparent, s.created_at, s.updated_at`;

/** The order's shipment, locked until the transaction ends. */
export async function lockShipmentOfOrder(tx: Transaction, orderId: string): Promise<Shipment | null> {
  const { rows } = await tx.query<ShipmentRow>(
    `SELECT ${SHIPMENT_COLUMNS} FROM shipments s WHERE s.order_id = $1 FOR UPDATE`,
    [orderId],
  );
  return rows[0] ? toShipment(rows[0]) : null;
}

/** The shipment, locked until the transaction ends. */
export async function lockShipment(tx: Transaction, shipmentId: string): Promise<Shipment | null> {
  const { rows } = await tx.query<ShipmentRow>(
    `SELECT ${SHIPMENT_COLUMNS} FROM shipments s WHERE s.shipment_id = $1 FOR UPDATE`,
    [shipmentId],
  );
  return rows[0] ? toShipment(rows[0]) : null;
}

/** Null when the shipment does not exist or belongs to another client; with `clientId` null, finds every client's shipments. */
export async function findShipment(
  db: Queryable,
  shipmentId: string,
  clientId: string | null,
): Promise<Shipment | null> {
  const { rows } = await db.query<ShipmentRow>(
    `SELECT ${SHIPMENT_COLUMNS} FROM shipments s WHERE s.shipment_id = $1 AND ($2::text IS NULL OR s.client_id = $2)`,
    [shipmentId, clientId],
  );
  return rows[0] ? toShipment(rows[0]) : null;
}

/** The shipments of those orders that have one and that the client may see. */
export async function findShipmentsOfOrders(
  db: Queryable,
  orderIds: readonly string[],
  clientId: string | null,
): Promise<Shipment[]> {
  const { rows } = await db.query<ShipmentRow>(
    `SELECT ${SHIPMENT_COLUMNS} FROM shipments s
      WHERE s.order_id = ANY ($1::uuid[]) AND ($2::text IS NULL OR s.client_id = $2)`,
    [orderIds, clientId],
  );
  return rows.map(toShipment);
}

/** Prunes the events of shipments that ended. */
export const shipmentEventPruning = (db: Queryable): PruneBatch =>
  batchPruning(db, {
    hasEnded: `EXISTS (
                     SELECT FROM shipments s
                      WHERE s.order_id = b.subject_id AND s.status IN ('DELIVERED', 'RETURNED', 'CANCELLED')
                        AND s.updated_at < now() - make_interval(days => $2))`,
  });

export interface ShipmentRow {
  shipment_id: string;
  order_id: string;
  client_id: string;
  customer_id: string;
  items: Shipment['items'];
  status: ShipmentStatus;
  version: number;
  attempts: number;
  carrier: string | null;
  tracking_number: string | null;
  estimated_delivery: Date | null;
  correlation_id: string;
  traceparent: string;
  created_at: Date;
  updated_at: Date;
}

export function toShipment(row: ShipmentRow): Shipment {
  return {
    shipmentId: row.shipment_id,
    orderId: row.order_id,
    clientId: row.client_id,
    customerId: row.customer_id,
    items: row.items,
    status: row.status,
    version: row.version,
    attempts: row.attempts,
    carrier: row.carrier,
    trackingNumber: row.tracking_number,
    estimatedDelivery: row.estimated_delivery,
    correlationId: row.correlation_id,
    traceparent: row.traceparent,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
