import { rowsOf } from '../../support/rows';
import { type System } from '../system';

interface StockRow {
  /** Units of accepted orders. */
  ordered: number;
  on_hand: number;
  reserved: number;
  /** According to the ledger. */
  ledger_on_hand: number;
  ledger_reserved: number;
}

/**
 * Checks that a sale of so many units has sold exactly these.
 *
 * @throws Error when the answers, the lines of the orders, the stock or its ledger have another number.
 */
export async function requireSold(
  { databases }: System,
  productId: string,
  units: number,
  answeredWithAnOrder: number,
): Promise<void> {
  const [row] = await rowsOf<StockRow>(
    databases.orders,
    `SELECT (SELECT coalesce(sum(quantity), 0)::int FROM order_items WHERE catalogue_id = $1) AS ordered, s.on_hand, s.reserved,
            (SELECT sum(delta_on_hand)::int FROM stock_ledger l WHERE l.product_id = s.product_id) AS ledger_on_hand,
            (SELECT sum(delta_reserved)::int FROM stock_ledger l WHERE l.product_id = s.product_id) AS ledger_reserved
       FROM stock s WHERE s.product_id = $1`,
    [productId],
  );
  const { ordered, reserved, ledger_reserved: inLedger } = row!;
  const isSound = row!.on_hand === row!.ledger_on_hand && reserved <= row!.on_hand;
  if (![answeredWithAnOrder, ordered, reserved, inLedger].every((count) => count === units) || !isSound)
    throw new Error(
      `not exactly ${String(units)} units were sold: ${String(answeredWithAnOrder)} answers, ${JSON.stringify(row)}`,
    );
}
