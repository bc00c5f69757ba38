import { setTimeout as delay } from 'node:timers/promises';
import { type Pool } from 'pg';
import { type Breach } from '../history';
import { BOOKS_AGREE, NEVER_OVERSOLD } from './stock-invariants';
import { momentFaults, type StockMoment } from './stock-moment';

const EVERY_MS = 5_000;
const MOST_BREACHES = 20;

/** Looks at the stock while orders are placed and faults are injected: it must be right at each moment, not only at rest. */
export function watchStock(pool: Pool): { stop(): Promise<Breach[]> } {
  const breaches: Breach[] = [];
  let isOver = false;

  async function watch(): Promise<void> {
    while (!isOver) {
      const { rows } = await pool.query<StockMoment>(MOMENT).catch(() => ({ rows: [] }));
      const { oversold, differences } = momentFaults(rows);
      breaches.push(
        ...oversold.map((what) => ({ invariant: NEVER_OVERSOLD, what, key: null })),
        ...differences.map((what) => ({ invariant: BOOKS_AGREE, what, key: null })),
      );
      await delay(EVERY_MS);
    }
  }

  const watching = watch();
  return {
    async stop() {
      isOver = true;
      await watching;
      return breaches.slice(0, MOST_BREACHES);
    },
  };
}

/** One statement, so that all of it is of the same moment. */
const MOMENT = `
  SELECT p.sku || ' (' || s.product_id || ')' AS name, s.on_hand AS "onHand", s.reserved, s.backorder_limit AS "backorderLimit",
         coalesce(ledger.on_hand, 0)::int AS "ledgerOnHand", coalesce(ledger.reserved, 0)::int AS "ledgerReserved",
         coalesce(promised.units, 0)::int AS promised
    FROM stock s
    JOIN products p USING (product_id)
    LEFT JOIN (
         SELECT product_id, sum(delta_on_hand) AS on_hand, sum(delta_reserved) AS reserved FROM stock_ledger GROUP BY product_id) ledger
      USING (product_id)
    LEFT JOIN (
         SELECT product_id, sum(quantity) AS units
           FROM (SELECT i.catalogue_id AS product_id, i.quantity
                   FROM orders o JOIN order_items i USING (order_id) WHERE o.is_stock_kept AND o.status = 'PENDING_SHIPMENT'
                  UNION ALL
                 SELECT i.product_id, i.quantity
                   FROM reservations r JOIN reservation_items i USING (reservation_id) WHERE r.status = 'active') AS parts
          GROUP BY product_id) promised
      USING (product_id)`;
