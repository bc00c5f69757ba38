import { preparedByKey, preparedInsert, type Transaction } from '../../../shared/postgres/queryable';
import { type StockChange, type StockLevel } from '../domain/stock';

/** No column of an index is set, so that this is a heap-only update. */
const WRITE_LEVELS = preparedByKey(
  'write-stock',
  `UPDATE stock s
      SET on_hand = next.on_hand, reserved = next.reserved, low_stock_threshold = next.low_stock_threshold,
          backorder_limit = next.backorder_limit, version = next.version, updated_at = next.updated_at
     FROM json_to_recordset($1::json)
          AS next (product_id uuid, on_hand int, reserved int, low_stock_threshold int, backorder_limit int, version int,
                   updated_at timestamptz)
    WHERE s.product_id = next.product_id`,
);

const INSERT_ENTRIES = preparedInsert(
  'insert-stock-ledger',
  `INSERT INTO stock_ledger (product_id, cause, delta_on_hand, delta_reserved, order_id, reservation_id, reason, actor, occurred_at)
   SELECT product_id, cause, delta_on_hand, delta_reserved, order_id, reservation_id, reason, actor, $2::timestamptz
     FROM json_to_recordset($1::json)
          AS n (product_id uuid, cause text, delta_on_hand int, delta_reserved int, order_id uuid, reservation_id uuid, reason text,
                actor text)`,
);

/** Writes levels whose rows are locked, each row once. */
export function writeLevels(tx: Transaction, levels: readonly StockLevel[]): void {
  if (levels.length > 0) tx.send(WRITE_LEVELS, [JSON.stringify(levels.map(toLevelRow))]);
}

export function insertEntries(tx: Transaction, changes: readonly StockChange[], at: Date): void {
  if (changes.length > 0) tx.send(INSERT_ENTRIES, [JSON.stringify(changes.map(toEntryRow)), at]);
}

/** Writes which products are low now, and which are no longer. */
export function writeLow(
  tx: Transaction,
  low: readonly StockLevel[],
  sufficient: readonly StockLevel[],
): void {
  if (low.length > 0)
    tx.send(
      'INSERT INTO low_stock (product_id, owner) SELECT * FROM unnest($1::uuid[], $2::text[]) ON CONFLICT DO NOTHING',
      [low.map(({ productId }) => productId), low.map(({ owner }) => owner)],
    );
  if (sufficient.length > 0)
    tx.send('DELETE FROM low_stock WHERE product_id = ANY ($1::uuid[])', [
      sufficient.map(({ productId }) => productId),
    ]);
}

const toLevelRow = (level: StockLevel) => ({
  product_id: level.productId,
  on_hand: level.onHand,
  reserved: level.reserved,
  low_stock_threshold: level.lowStockThreshold,
  backorder_limit: level.backorderLimit,
  version: level.version,
  updated_at: level.updatedAt,
});

/** Members that are absent become NULL. */
const toEntryRow = (change: StockChange) => ({
  product_id: change.productId,
  cause: change.cause,
  delta_on_hand: change.onHand,
  delta_reserved: change.reserved,
  order_id: change.orderId,
  reservation_id: change.reservationId,
  reason: change.reason,
  actor: change.origin.actor,
});
