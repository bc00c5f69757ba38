import { byKey, type Queryable } from '../../../shared/postgres/queryable';
import { type LedgerCause, type LedgerEntry } from '../domain/stock';

/** The entries of a product before a given one (null: from the newest), newest first. */
export async function listEntries(
  db: Queryable,
  productId: string,
  before: string | null,
  limit: number,
): Promise<LedgerEntry[]> {
  const { rows } = await db.query<EntryRow>(
    byKey(
      `SELECT entry_id, cause, delta_on_hand, delta_reserved, order_id, reservation_id, reason, actor, occurred_at
         FROM stock_ledger WHERE product_id = $1 AND entry_id < coalesce($2::bigint, 9223372036854775807)
        ORDER BY entry_id DESC LIMIT $3`,
    ),
    [productId, before, limit],
  );
  return rows.map(toEntry);
}

interface EntryRow {
  entry_id: string;
  cause: LedgerCause;
  delta_on_hand: number;
  delta_reserved: number;
  order_id: string | null;
  reservation_id: string | null;
  reason: string | null;
  actor: string;
  occurred_at: Date;
}

const toEntry = (row: EntryRow): LedgerEntry => ({
  entryId: row.entry_id,
  cause: row.cause,
  onHand: row.delta_on_hand,
  reserved: row.delta_reserved,
  orderId: row.order_id,
  reservationId: row.reservation_id,
  reason: row.reason,
  actor: row.actor,
  occurredAt: row.occurred_at,
});
