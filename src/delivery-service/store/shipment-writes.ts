import {
  prepared,
  preparedByKey,
  type PreparedStatement,
  type Transaction,
} from '../../shared/postgres/queryable';
import { type ShipmentStep } from '../domain/shipment';

/** The columns that can change, and the id. */
const CHANGE_COLUMNS = `shipment_id uuid, status text, version int, attempts smallint, carrier text, tracking_number text,
  estimated_delivery timestamptz, next_step_in_ms float8, as_planned boolean, updated_at timestamptz`;

const INSERT = `INSERT INTO shipments (shipment_id, order_id, client_id, customer_id, items, status, version, attempts, next_step_at,
                          correlation_id, traceparent, created_at, updated_at)
   SELECT shipment_id, order_id, client_id, customer_id, items, status, version, attempts,
          now() + make_interval(secs => next_step_in_ms / 1000), correlation_id, traceparent, created_at, updated_at
     FROM json_to_recordset($1::json)
          AS s (${CHANGE_COLUMNS}, order_id uuid, client_id text, customer_id text, items jsonb, correlation_id text,
                traceparent text, created_at timestamptz)
    ORDER BY order_id`;

const INSERT_SHIPMENTS = prepared(
  'insert-shipments',
  `${INSERT} ON CONFLICT (order_id) DO NOTHING RETURNING order_id`,
);

const INSERT_NEW_SHIPMENTS = prepared('insert-new-shipments', INSERT);

const update = (condition: string): string => `UPDATE shipments s
      SET status = next.status, version = next.version, attempts = next.attempts, carrier = next.carrier,
          tracking_number = next.tracking_number, estimated_delivery = next.estimated_delivery,
          next_step_at = CASE WHEN next.as_planned THEN s.next_step_at
                              ELSE now() + make_interval(secs => next.next_step_in_ms / 1000) END,
          held_at = CASE WHEN next.as_planned THEN s.held_at END, updated_at = next.updated_at
     FROM json_to_recordset($1::json) AS next (${CHANGE_COLUMNS})
    WHERE s.shipment_id = next.shipment_id AND s.version = next.version - 1 ${condition}
   RETURNING s.shipment_id`;

const UPDATE_SHIPMENTS = preparedByKey('update-shipments', update(''));

const ADVANCE_SHIPMENTS = preparedByKey('advance-shipments', update('AND s.held_at IS NULL'));

const ADVANCE_ALL_SHIPMENTS = preparedByKey(
  'advance-all-shipments',
  `WITH updated AS (${update('AND s.held_at IS NULL')}) SELECT require_rows(count(*), $2) FROM updated`,
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
 * Like {@link insertShipments}, without waiting for the answer. The transaction fails with {@link isConflict} if any of the orders has a
 * shipment.
 */
export function insertNewShipments(tx: Transaction, steps: readonly ShipmentStep[]): void {
  tx.send(INSERT_NEW_SHIPMENTS, [JSON.stringify(steps.map(toRow))]);
}

/**
 * Writes the columns that can change, for those shipments that still have the previous version; returns their ids. The other shipments were
 * changed concurrently.
 */
export function updateShipments(tx: Transaction, steps: readonly ShipmentStep[]): Promise<Set<string>> {
  return writeChanges(tx, UPDATE_SHIPMENTS, steps);
}

/** Like {@link updateShipments}, for steps of the carrier: held shipments are left out too. */
export function advanceShipments(tx: Transaction, steps: readonly ShipmentStep[]): Promise<Set<string>> {
  return writeChanges(tx, ADVANCE_SHIPMENTS, steps);
}

async function writeChanges(
  tx: Transaction,
  statement: PreparedStatement,
  steps: readonly ShipmentStep[],
): Promise<Set<string>> {
  const { rows } = await tx.query<{ shipment_id: string }>(statement, [toChanges(steps)]);
  return new Set(rows.map((row) => row.shipment_id));
}

/**
 * Like {@link advanceShipments}, without waiting for the answer. The transaction fails with {@link isConflict} if any of the shipments was
 * changed or held concurrently.
 */
export function advanceAllShipments(tx: Transaction, steps: readonly ShipmentStep[]): void {
  tx.send(ADVANCE_ALL_SHIPMENTS, [toChanges(steps), steps.length]);
}

/** In the order of the ids, in which the rows are locked, so that two transactions never deadlock. */
const toChanges = (steps: readonly ShipmentStep[]): string =>
  JSON.stringify(
    steps.map(toChange).toSorted((one, other) => (one.shipment_id < other.shipment_id ? -1 : 1)),
  );

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
