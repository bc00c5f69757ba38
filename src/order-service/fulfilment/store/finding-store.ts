import { type FindingKind } from '../../../shared/contracts/reconciliation';
import { type Queryable } from '../../../shared/postgres/queryable';
import { type Finding, type StoredFinding } from '../../orders/domain/compare-shipment';

/**
 * Stores findings, one for each order; a new finding replaces the earlier one of its order. If the kind differs, the new finding is not
 * accepted, even if the earlier one was.
 *
 * @returns the findings that are new or of another kind than before.
 */
export async function saveFindings(db: Queryable, findings: readonly Finding[]): Promise<Finding[]> {
  if (findings.length === 0) return [];
  const { rows } = await db.query<{ order_id: string; is_new: boolean }>(
    `WITH found AS (
       SELECT * FROM json_to_recordset($1::json)
           AS f (order_id uuid, kind text, order_status text, order_version int, applied_shipment_version int, shipment_id uuid,
                 shipment_status text, shipment_version int)),
     known AS (
       SELECT k.order_id FROM reconciliation_findings k JOIN found f ON k.order_id = f.order_id AND k.kind = f.kind)
     INSERT INTO reconciliation_findings AS stored
            (order_id, kind, order_status, order_version, applied_shipment_version, shipment_id, shipment_status, shipment_version)
     SELECT order_id, kind, order_status, order_version, applied_shipment_version, shipment_id, shipment_status, shipment_version
       FROM found ORDER BY order_id
         ON CONFLICT (order_id) DO UPDATE
        SET (kind, order_status, order_version, applied_shipment_version, shipment_id, shipment_status, shipment_version,
             last_seen_at, accepted_by) =
            (excluded.kind, excluded.order_status, excluded.order_version, excluded.applied_shipment_version,
             excluded.shipment_id, excluded.shipment_status, excluded.shipment_version, now(),
             CASE WHEN stored.kind = excluded.kind THEN stored.accepted_by END)
     RETURNING order_id, order_id NOT IN (SELECT order_id FROM known) AS is_new`,
    [JSON.stringify(findings.map(toRow))],
  );
  const isNew = new Set(rows.filter((row) => row.is_new).map((row) => row.order_id));
  return findings.filter(({ orderId }) => isNew.has(orderId));
}

/** Deletes the findings of these orders. Returns the ids of the orders that had one. */
export async function deleteFindings(db: Queryable, orderIds: readonly string[]): Promise<string[]> {
  if (orderIds.length === 0) return [];
  const { rows } = await db.query<{ order_id: string }>(
    'DELETE FROM reconciliation_findings WHERE order_id = ANY ($1::uuid[]) RETURNING order_id',
    [orderIds],
  );
  return rows.map((row) => row.order_id);
}

/**
 * Takes findings that are due for a check. The next check follows after `afterSeconds` or after a quarter of the time since the finding was
 * first seen (at most an hour), whichever is longer, so that old findings cost little.
 */
export async function takeDueFindings(db: Queryable, afterSeconds: number, limit: number): Promise<string[]> {
  const { rows } = await db.query<{ order_id: string }>(
    `UPDATE reconciliation_findings
        SET next_check_at = now() + greatest(make_interval(secs => $1), least(interval '1 hour', (now() - first_seen_at) / 4))
      WHERE order_id IN (
            SELECT order_id FROM reconciliation_findings
             WHERE next_check_at <= now()
             ORDER BY next_check_at
             LIMIT $2
               FOR UPDATE SKIP LOCKED)
      RETURNING order_id`,
    [afterSeconds, limit],
  );
  return rows.map((row) => row.order_id);
}

/** Makes findings due at once, because their check could not be finished. */
export async function makeFindingsDue(db: Queryable, orderIds: readonly string[]): Promise<void> {
  await db.query(
    'UPDATE reconciliation_findings SET next_check_at = now() WHERE order_id = ANY ($1::uuid[])',
    [orderIds],
  );
}

/** The page of findings after that order id. */
export async function listFindings(db: Queryable, after: string, limit: number): Promise<StoredFinding[]> {
  const { rows } = await db.query<FindingRow>(
    `SELECT order_id, kind, order_status, order_version, applied_shipment_version, shipment_id, shipment_status, shipment_version,
            first_seen_at, last_seen_at, accepted_by
       FROM reconciliation_findings WHERE order_id > $1 ORDER BY order_id LIMIT $2`,
    [after, limit],
  );
  return rows.map(toFinding);
}

/** Records who accepted a finding. False when there is none. */
export async function acceptFinding(db: Queryable, orderId: string, actor: string): Promise<boolean> {
  const { rowCount } = await db.query(
    'UPDATE reconciliation_findings SET accepted_by = coalesce(accepted_by, $2) WHERE order_id = $1',
    [orderId, actor],
  );
  return rowCount === 1;
}

/** The number of findings of each kind that are not accepted. */
export async function countFindings(db: Queryable): Promise<Map<FindingKind, number>> {
  const { rows } = await db.query<{ kind: FindingKind; count: number }>(
    'SELECT kind, count(*)::int AS count FROM reconciliation_findings WHERE accepted_by IS NULL GROUP BY kind',
  );
  return new Map(rows.map(({ kind, count }) => [kind, count]));
}

const toRow = (finding: Finding) => ({
  order_id: finding.orderId,
  kind: finding.kind,
  order_status: finding.orderStatus,
  order_version: finding.orderVersion,
  applied_shipment_version: finding.appliedShipmentVersion,
  shipment_id: finding.shipmentId,
  shipment_status: finding.shipmentStatus,
  shipment_version: finding.shipmentVersion,
});

interface FindingRow extends ReturnType<typeof toRow> {
  first_seen_at: Date;
  last_seen_at: Date;
  accepted_by: string | null;
}

function toFinding(row: FindingRow): StoredFinding {
  return {
    orderId: row.order_id,
    kind: row.kind,
    orderStatus: row.order_status,
    orderVersion: row.order_version,
    appliedShipmentVersion: row.applied_shipment_version,
    shipmentId: row.shipment_id,
    shipmentStatus: row.shipment_status,
    shipmentVersion: row.shipment_version,
    firstSeenAt: row.first_seen_at,
    lastSeenAt: row.last_seen_at,
    acceptedBy: row.accepted_by,
  };
}
