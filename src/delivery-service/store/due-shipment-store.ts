import { prepared, preparedByKey, type Queryable, type Transaction } from '../../shared/postgres/queryable';
import { type Shipment } from '../domain/shipment';
import { SHIPMENT_COLUMNS, type ShipmentRow, toShipment } from './shipment-store';

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

/** Makes shipments due now that still have these statuses, have not ended and are not held. */
export async function makeDue(db: Queryable, shipments: readonly Shipment[]): Promise<void> {
  await db.query(
    `UPDATE shipments s SET next_step_at = now()
       FROM unnest($1::uuid[], $2::text[]) AS read (shipment_id, status)
      WHERE s.shipment_id = read.shipment_id AND s.status = read.status AND s.next_step_at IS NOT NULL`,
    [shipments.map(({ shipmentId }) => shipmentId), shipments.map(({ status }) => status)],
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
