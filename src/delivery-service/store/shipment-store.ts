import { type ShipmentStatus } from '../../shared/contracts/shipment-status';
import { type Queryable, type Transaction } from '../../shared/postgres/queryable';
import { type NextStep, type Shipment, type ShipmentStep } from '../domain/shipment';

/** False when the order has a shipment already; then nothing was written. */
export async function insertShipment(
  tx: Transaction,
  { shipment, nextStep }: ShipmentStep,
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `INSERT INTO shipments (shipment_id, order_id, client_id, customer_id, items, status, version, attempts, next_step_at,
                            correlation_id, traceparent, created_at, updated_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, now() + make_interval(secs => $9::float8 / 1000), $10, $11, $12, $13)
     ON CONFLICT (order_id) DO NOTHING`,
    [
      shipment.shipmentId,
      shipment.orderId,
      shipment.clientId,
      shipment.customerId,
      JSON.stringify(shipment.items),
      shipment.status,
      shipment.version,
      shipment.attempts,
      millisecondsOf(nextStep),
      shipment.correlationId,
      shipment.traceparent,
      shipment.createdAt,
      shipment.updatedAt,
    ],
  );
  return rowCount === 1;
}

/** Writes what can change in a shipment's life, if it is still at the version before; false when someone else was faster. */
export async function updateShipment(
  tx: Transaction,
  { shipment, nextStep }: ShipmentStep,
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `UPDATE shipments
        SET status = $3, version = $2, attempts = $4, carrier = $5, tracking_number = $6, estimated_delivery = $7,
            next_step_at = CASE WHEN $9 THEN next_step_at ELSE now() + make_interval(secs => $8::float8 / 1000) END,
            updated_at = $10
      WHERE shipment_id = $1 AND version = $2::int - 1`,
    [
      shipment.shipmentId,
      shipment.version,
      shipment.status,
      shipment.attempts,
      shipment.carrier,
      shipment.trackingNumber,
      shipment.estimatedDelivery,
      millisecondsOf(nextStep),
      nextStep === 'as planned',
      shipment.updatedAt,
    ],
  );
  return rowCount === 1;
}

/**
 * Takes shipments whose next step is due, longest waiting first, and puts their next step a lease away: another instance does
 * not take them meanwhile, and if this one dies they are due again after the lease.
 */
export async function takeDueShipments(db: Queryable, limit: number, leaseMs: number): Promise<Shipment[]> {
  const { rows } = await db.query<ShipmentRow>(
    `UPDATE shipments s SET next_step_at = now() + make_interval(secs => $2::float8 / 1000)
      WHERE s.shipment_id IN (
            SELECT shipment_id FROM shipments
             WHERE next_step_at <= now()
             ORDER BY next_step_at
             LIMIT $1
               FOR UPDATE SKIP LOCKED)
      RETURNING ${COLUMNS}`,
    [limit, leaseMs],
  );
  return rows.map(toShipment);
}

/** Asks the carrier again in that many milliseconds, about those shipments that have not ended. */
export async function postponeShipments(
  db: Queryable,
  shipmentIds: readonly string[],
  ms: number,
): Promise<void> {
  await db.query(
    `UPDATE shipments SET next_step_at = now() + make_interval(secs => $2::float8 / 1000)
      WHERE shipment_id = ANY ($1::uuid[]) AND next_step_at IS NOT NULL`,
    [shipmentIds, ms],
  );
}

/** How long until the next step is due, in milliseconds; null when none is waiting. Never negative. */
export async function millisecondsToNextStep(db: Queryable): Promise<number | null> {
  const { rows } = await db.query<{ wait: number | null }>(
    `SELECT (GREATEST(0, EXTRACT(EPOCH FROM min(next_step_at) - now())) * 1000)::float8 AS wait
       FROM shipments WHERE next_step_at IS NOT NULL`,
  );
  return rows[0]?.wait ?? null;
}

/** The order's shipment, locked until the transaction ends. */
export async function lockShipmentOfOrder(tx: Transaction, orderId: string): Promise<Shipment | null> {
  const { rows } = await tx.query<ShipmentRow>(
    `SELECT ${COLUMNS} FROM shipments s WHERE s.order_id = $1 FOR UPDATE`,
    [orderId],
  );
  return rows[0] ? toShipment(rows[0]) : null;
}

/** The shipment, locked until the transaction ends. */
export async function lockShipment(tx: Transaction, shipmentId: string): Promise<Shipment | null> {
  const { rows } = await tx.query<ShipmentRow>(
    `SELECT ${COLUMNS} FROM shipments s WHERE s.shipment_id = $1 FOR UPDATE`,
    [shipmentId],
  );
  return rows[0] ? toShipment(rows[0]) : null;
}

/** Null when there is no such shipment, or not for that client; `clientId` null sees every client's. */
export async function findShipment(
  db: Queryable,
  shipmentId: string,
  clientId: string | null,
): Promise<Shipment | null> {
  const { rows } = await db.query<ShipmentRow>(
    `SELECT ${COLUMNS} FROM shipments s WHERE s.shipment_id = $1 AND ($2::text IS NULL OR s.client_id = $2)`,
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
    `SELECT ${COLUMNS} FROM shipments s
      WHERE s.order_id = ANY ($1::uuid[]) AND ($2::text IS NULL OR s.client_id = $2)`,
    [orderIds, clientId],
  );
  return rows.map(toShipment);
}

/** NULL milliseconds make a NULL time. The database's clock decides what is due, so it sets the time too. */
const millisecondsOf = (nextStep: NextStep): number | null =>
  typeof nextStep === 'number' ? nextStep : null;

const COLUMNS = `s.shipment_id, s.order_id, s.client_id, s.customer_id, s.items, s.status, s.version, s.attempts, s.carrier,
  s.tracking_number, s.estimated_delivery, s.correlation_id, s.traceparent, s.created_at, s.updated_at`;

interface ShipmentRow {
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

function toShipment(row: ShipmentRow): Shipment {
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
