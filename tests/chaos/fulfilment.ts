import { type History } from './history';
import { type Databases } from './databases';
import { ENDS } from './invariants';

/** How many accepted orders have exactly one shipment and are, as it, at an end: what the system did, not only what it did wrong. */
export async function countFulfilled({ orders, deliveries }: Databases, history: History): Promise<number> {
  const accepted = [...history.orders.values()].flatMap(({ orderId }) => orderId ?? []);
  const ended = await orders.query<{ order_id: string }>(
    'SELECT order_id FROM orders WHERE order_id = ANY ($1::uuid[]) AND status = ANY ($2)',
    [accepted, ENDS],
  );
  const { rows } = await deliveries.query<{ count: number }>(
    `SELECT count(*)::int AS count
       FROM (SELECT order_id FROM shipments
              WHERE order_id = ANY ($1::uuid[])
              GROUP BY order_id HAVING count(*) = 1 AND bool_and(status = ANY ($2))) AS fulfilled`,
    [ended.rows.map((row) => row.order_id), ENDS],
  );
  return rows[0]!.count;
}
