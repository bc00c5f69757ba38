import { type Queryable, type Transaction } from '../../shared/postgres/queryable';
import { type Shipment } from '../domain/shipment';
import { SHIPMENT_COLUMNS, toShipment, type ShipmentRow } from './shipment-store';

const HOLD = `UPDATE shipments SET held_at = coalesce(held_at, now()), next_step_at = NULL WHERE status = 'PROCESSING'`;

/** A shipment, and whether it is held before the handover. */
export interface SweptShipment {
  shipment: Shipment;
  isHeld: boolean;
}

/** A shipment that was held or released. */
export interface ChangedHold {
  orderId: string;
  shipmentId: string;
  correlationId: string;
}

/** Shipments with an id below `before`, newest first; ids sort by time. */
export async function shipmentsBefore(
  db: Queryable,
  before: string,
  limit: number,
): Promise<SweptShipment[]> {
  return read(db, 'true', before, limit);
}

/** Like {@link shipmentsBefore}, for held shipments only. */
export async function heldShipmentsBefore(
  db: Queryable,
  before: string,
  limit: number,
): Promise<SweptShipment[]> {
  return read(db, 'held_at IS NOT NULL', before, limit);
}

async function read(db: Queryable, condition: string, before: string, limit: number) {
  const { rows } = await db.query<ShipmentRow & { is_held: boolean }>(
    `SELECT ${SHIPMENT_COLUMNS}, s.held_at IS NOT NULL AS is_held
       FROM shipments s WHERE s.shipment_id < $1 AND ${condition}
      ORDER BY s.shipment_id DESC LIMIT $2`,
    [before, limit],
  );
  return rows.map((row) => ({ shipment: toShipment(row), isHeld: row.is_held }));
}

/**
 * Holds the shipments of those orders that were not handed over: the carrier is not asked about them. A shipment about which it is being
 * asked at this moment still leaves. Returns the shipments that are held now; `isNew` marks those that were not held before this
 * transaction.
 */
export async function holdShipments(
  tx: Transaction,
  orderIds: readonly string[],
): Promise<(ChangedHold & { isNew: boolean })[]> {
  const { rows } = await tx.query<HoldRow & { is_new: boolean }>(
    `${HOLD} AND order_id = ANY ($1::uuid[])
      RETURNING order_id, shipment_id, correlation_id, held_at = now() AS is_new`,
    [orderIds],
  );
  return rows.map((row) => ({ ...toChangedHold(row), isNew: row.is_new }));
}

/** Holds every shipment that was not handed over. Returns how many are held now. */
export async function holdAllShipments(db: Queryable): Promise<number> {
  const { rowCount } = await db.query(HOLD);
  return rowCount ?? 0;
}

/** Releases held shipments of those orders; they are due at once. Returns the released ones. */
export async function releaseShipments(db: Queryable, orderIds: readonly string[]): Promise<ChangedHold[]> {
  const { rows } = await db.query<HoldRow>(
    `UPDATE shipments SET held_at = NULL, next_step_at = now()
      WHERE order_id = ANY ($1::uuid[]) AND held_at IS NOT NULL AND status = 'PROCESSING'
      RETURNING order_id, shipment_id, correlation_id`,
    [orderIds],
  );
  return rows.map(toChangedHold);
}

interface HoldRow {
  order_id: string;
  shipment_id: string;
  correlation_id: string;
}

const toChangedHold = (row: HoldRow): ChangedHold => ({
  orderId: row.order_id,
  shipmentId: row.shipment_id,
  correlationId: row.correlation_id,
});
