import { type Queryable } from '../../../shared/postgres/queryable';

const TAKE_STALLED = `
  WITH due AS MATERIALIZED (
    SELECT c.order_id, o.updated_at, o.updated_at NOT BETWEEN now() - make_interval(secs => $1) AND now() AS is_stalled
      FROM order_checks c JOIN orders o ON o.order_id = c.order_id
     WHERE c.checked_at < now() - make_interval(secs => $1)
       AND o.status NOT IN ('DELIVERED', 'RETURNED', 'CANCELLED')
     ORDER BY c.checked_at
     LIMIT $2
       FOR UPDATE OF c SKIP LOCKED),
  leased AS (
    UPDATE order_checks c SET checked_at = CASE WHEN due.is_stalled THEN now() ELSE due.updated_at END
      FROM due WHERE c.order_id = due.order_id)
  SELECT order_id, is_stalled FROM due`;

/**
 * Leases open orders that neither moved nor were compared for `afterSeconds`, by setting `checked_at`: two instances never repair the same
 * order at once, and an order that a crashed instance had leased is taken again after the same time. A change of an order does not write
 * its check; an order that has moved since is due `afterSeconds` after its last change. A change in the future is one of an instance with a
 * wrong clock: such an order is taken whenever its check is due.
 *
 * @returns their ids; an empty list when there are none
 */
export async function takeStalledOrders(
  db: Queryable,
  afterSeconds: number,
  limit: number,
): Promise<string[]> {
  for (;;) {
    const { rows } = await db.query<{ order_id: string; is_stalled: boolean }>(TAKE_STALLED, [
      afterSeconds,
      limit,
    ]);
    const stalled = rows.filter((row) => row.is_stalled);
    if (stalled.length > 0 || rows.length < limit) return stalled.map((row) => row.order_id);
  }
}

/** Makes orders that could not be repaired yet due for comparison after a quarter of the time. */
export async function rescheduleStalledOrders(
  db: Queryable,
  orderIds: readonly string[],
  afterSeconds: number,
): Promise<void> {
  if (orderIds.length === 0) return;
  await db.query(
    `UPDATE order_checks SET checked_at = now() - make_interval(secs => $2 * 0.75)
      WHERE order_id IN (SELECT order_id FROM order_checks WHERE order_id = ANY ($1::uuid[]) ORDER BY order_id FOR UPDATE)`,
    [orderIds, afterSeconds],
  );
}
