import { type ShipmentStatus } from '../../shared/contracts/status-machines';
import { batchPruning, type PruneBatch } from '../../shared/event-log/prune-events';
import { prepared, preparedByKey, type Queryable, type Transaction } from '../../shared/postgres/queryable';
import { type Shipment, type ShipmentStep } from '../domain/shipment';

/** The columns of a shipment, for a table aliased `s`. */
export const SHIPMENT_COLUMNS = `s.shipment_id, s.order_id, s.client_id, s.customer_id, s.items, s.status, s.version, s.attempts, s.carrier,
  s.tracking_number, s.estimated_delivery, s.correlation_id, s.traceparent, s.created_at, s.updated_at`;

/** The columns that can change, and the id. */
const CHANGE_COLUMNS = `shipment_id uuid, status text, version int, attempts smallint, carrier text, tracking_number text,
  estimated_delivery timestamptz, next_step_in_ms float8, as_planned boolean, updated_at timestamptz`;

const INSERT_SHIPMENTS = prepared(
  'insert-shipments',
  `INSERT INTO shipments (shipment_id, order_id, client_id, customer_id, items, status, version, attempts, next_step_at,
                          correlation_id, traceparent, created_at, updated_at)
   SELECT shipment_id, order_id, client_id, customer_id, items, status, version, attempts,
          now() + make_interval(secs => next_step_in_ms / 1000), correlation_id, traceparent, created_at, updated_at
     FROM json_to_recordset($1::json)
          AS s (${CHANGE_COLUMNS}, order_id uuid, client_id text, customer_id text, items jsonb, correlation_id text,
                traceparent text, created_at timestamptz)
    ORDER BY order_id
       ON CONFLICT (order_id) DO NOTHING
   RETURNING order_id`,
);

const UPDATE_SHIPMENTS = preparedByKey(
  'update-shipments',
  `UPDATE shipments s
      SET status = next.status, version = next.version, attempts = next.attempts, carrier = next.carrier,
          tracking_number = next.tracking_number, estimated_delivery = next.estimated_delivery,
          next_step_at = CASE WHEN next.as_planned THEN s.next_step_at
                              ELSE now() + make_interval(secs => next.next_step_in_ms / 1000) END,
          held_at = CASE WHEN next.as_planned THEN s.held_at END, updated_at = next.updated_at
     FROM json_to_recordset($1::json) AS next (${CHANGE_COLUMNS})
    WHERE s.shipment_id = next.shipment_id AND s.version = next.version - 1
   RETURNING s.shipment_id`,
);

/**
 * Writes the shipments of orders that have none yet; returns the ids of those orders. Rows are written in the order of their order ids, so
 * that two transactions never deadlock.
 */
export async function insertShipments(tx: Transaction, steps: readonly ShipmentStep[]): Promise<Set<string>> {
  const { rows } = await tx.query<{ order_id: string }>(INSERT_SHIPMENTS, [JSON.stringify(steps.map(toRow))]);
  return new Set(rows.map((row) => row.order_id));
}

/**
 * Writes the columns that can change, for those shipments that still have the previous version; returns their ids. The other shipments were
 * changed concurrently.
 */
export async function updateShipments(tx: Transaction, steps: readonly ShipmentStep[]): Promise<Set<string>> {
  const { rows } = await tx.query<{ shipment_id: string }>(UPDATE_SHIPMENTS, [
    JSON.stringify(steps.map(toChange)),
  ]);
  return new Set(rows.map((row) => row.shipment_id));
}

const TAKE_DUE_SHIPMENTS = preparedByKey(
  'take-due-shipments',
  `UPDATE shipments s SET next_step_at = now() + make_interval(secs => $2::float8 / 1000)
    WHERE s.shipment_id = ANY (ARRAY(
          SELECT shipment_id FROM shipments
           WHERE next_step_at <= now()
           ORDER BY next_step_at
           LIMIT $1
             FOR UPDATE SKIP LOCKED))
   RETURNING ${SHIPMENT_COLUMNS}`,
);

/**
 * Leases shipments whose next step is due, longest overdue first, by moving the step to the end of the lease: no other instance takes them
 * meanwhile, and if this instance crashes they are due again after the lease. The transaction ends with it.
 */
export async function takeDueShipments(tx: Transaction, limit: number, leaseMs: number): Promise<Shipment[]> {
  const { rows } = await tx.queryLast<ShipmentRow>(TAKE_DUE_SHIPMENTS, [limit, leaseMs]);
  return rows.map(toShipment);
}

/** Makes those shipments due in `ms` milliseconds that have not ended and are not held. */
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

/** Makes at most `limit` of the shipments whose next step is later than `laterThanMs` from now due in `ms`. Returns how many. */
export async function rescheduleShipments(
  db: Queryable,
  { laterThanMs, ms, limit }: { laterThanMs: number; ms: number; limit: number },
): Promise<number> {
  const { rowCount } = await db.query(
    `UPDATE shipments SET next_step_at = now() + make_interval(secs => $2::float8 / 1000)
      WHERE shipment_id IN (
            SELECT shipment_id FROM shipments
             WHERE next_step_at > now() + make_interval(secs => $1::float8 / 1000)
             LIMIT $3
               FOR UPDATE SKIP LOCKED)`,
    [laterThanMs, ms, limit],
  );
  return rowCount ?? 0;
}

const MILLISECONDS_TO_NEXT_STEP = prepared(
  'milliseconds-to-next-step',
  `SELECT (GREATEST(0, EXTRACT(EPOCH FROM min(next_step_at) - now())) * 1000)::float8 AS wait
     FROM shipments WHERE next_step_at IS NOT NULL`,
);

/** The time until the next step is due, in milliseconds, never negative; null when no step is planned. */
export async function millisecondsToNextStep(db: Queryable): Promise<number | null> {
  const { rows } = await db.query<{ wait: number | null }>(MILLISECONDS_TO_NEXT_STEP);
  return rows[0]?.wait ?? null;
}

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

const toChange = ({ shipment, nextStep }: ShipmentStep) => ({
  shipment_id: shipment.shipmentId,
  status: shipment.status,
  version: shipment.version,
  attempts: shipment.attempts,
  carrier: shipment.carrier,
  tracking_number: shipment.trackingNumber,
  estimated_delivery: shipment.estimatedDelivery,
  // NULL milliseconds give a NULL time. The clock of the database decides which steps are due, so it also sets the time.
  next_step_in_ms: typeof nextStep === 'number' ? nextStep : null,
  as_planned: nextStep === 'as planned',
  updated_at: shipment.updatedAt,
});

const toRow = (step: ShipmentStep) => ({
  ...toChange(step),
  order_id: step.shipment.orderId,
  client_id: step.shipment.clientId,
  customer_id: step.shipment.customerId,
  items: step.shipment.items,
  correlation_id: step.shipment.correlationId,
  traceparent: step.shipment.traceparent,
  created_at: step.shipment.createdAt,
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
