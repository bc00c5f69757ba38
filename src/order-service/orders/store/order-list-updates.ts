import { byKey, preparedByKey, type Queryable, type Transaction } from '../../../shared/postgres/queryable';

const APPLY_CHANGES = preparedByKey(
  'apply-order-list-changes',
  `WITH head AS MATERIALIZED (
     SELECT position FROM order_list_head WHERE is_only FOR UPDATE SKIP LOCKED),
   batch AS MATERIALIZED (
     SELECT f.position, f.seq
       FROM head CROSS JOIN LATERAL (
            SELECT position, seq FROM event_feed WHERE position > head.position ORDER BY position LIMIT $1::int) AS f),
   changed AS MATERIALIZED (
     SELECT o.order_id, o.client_id, o.customer_id, o.status, o.total_amount, o.created_at, o.updated_at,
            o.status IN ('DELIVERED', 'RETURNED', 'CANCELLED') AS has_ended
       FROM orders o
      WHERE o.order_id = ANY (ARRAY(
            SELECT subject_id FROM events
             WHERE seq = ANY (ARRAY(SELECT seq FROM batch)) AND subject_type = 'order'))),
   listed AS (
     INSERT INTO order_list AS l (order_id, client_id, customer_id, status, total_amount, created_at, updated_at)
     SELECT order_id, client_id, customer_id, status, total_amount, created_at, updated_at FROM changed ORDER BY order_id
     ON CONFLICT (order_id) DO UPDATE SET status = excluded.status, updated_at = excluded.updated_at
      WHERE (l.status, l.updated_at) IS DISTINCT FROM (excluded.status, excluded.updated_at)),
   opened AS (
     INSERT INTO order_checks (order_id, checked_at)
     SELECT order_id, now() FROM changed WHERE NOT has_ended ORDER BY order_id
     ON CONFLICT (order_id) DO NOTHING),
   ended AS (
     DELETE FROM order_checks WHERE order_id = ANY (ARRAY(SELECT order_id FROM changed WHERE has_ended)))
   UPDATE order_list_head SET position = (SELECT max(position) FROM batch)
    WHERE is_only AND EXISTS (SELECT FROM batch)
   RETURNING (SELECT count(*) FROM batch)::int AS events`,
);

/**
 * Applies the next events of the feed to the order list and to the checks of open orders: copies the present state of the orders that these
 * events concern. An instance that finds another one at work applies nothing. The transaction ends with it.
 *
 * @returns the number of events.
 */
export async function applyOrderListChanges(tx: Transaction, maxEvents: number): Promise<number> {
  const { rows } = await tx.queryLast<{ events: number }>(APPLY_CHANGES, [maxEvents]);
  return rows[0]?.events ?? 0;
}

/** The position in the feed up to which the list is complete, a bigint as text. */
export async function orderListPosition(db: Queryable): Promise<string> {
  const { rows } = await db.query<{ position: string }>('SELECT position FROM order_list_head WHERE is_only');
  return rows[0]?.position ?? '0';
}

/**
 * The maximum number of events that a list reads besides the order list; those of a busy second are fewer. The limit also
 * lets PostgreSQL hash the orders to leave out.
 */
export const MOST_WAITING = 5_000;

/** The number of events of orders that the list has not followed, up to {@link MOST_WAITING} and one. */
export async function countUnlisted(db: Queryable): Promise<number> {
  const { rows } = await db.query<{ count: number }>(
    byKey(`WITH ${pendingOrders(null)}
           SELECT least(${MOST_WAITING + 1}, (SELECT count(*) FROM unlisted) + (SELECT count(*) FROM unplaced))::int AS count`),
  );
  return rows[0]?.count ?? 0;
}

/** True in a statement with {@link pendingOrders} when so many events wait that the table `pending` is incomplete. */
export const IS_FAR_BEHIND = `((SELECT count(*) FROM unlisted) > ${MOST_WAITING} OR (SELECT count(*) FROM unplaced) > ${MOST_WAITING})`;

/**
 * The table `pending` of a list statement: the orders with events that the order list does not contain yet, with or without a position in
 * the feed. All other orders are in the list as they are in "orders", because a statement reads both from one snapshot. Events of other
 * subjects do not count: an import of products commits many of them at once.
 *
 * @param owner SQL for the client whose orders are listed; null: the orders of all clients.
 */
export function pendingOrders(owner: string | null): string {
  const isOwned = owner === null ? 'true' : `owner = ${owner}`;
  const atMost = `LIMIT ${MOST_WAITING + 1}`;
  return `last AS MATERIALIZED (
      SELECT high, missing FROM event_feed_steps ORDER BY step DESC LIMIT 1),
    unlisted AS MATERIALIZED (
      SELECT e.subject_id
        FROM (SELECT seq FROM event_feed WHERE position > (SELECT position FROM order_list_head WHERE is_only) AND ${isOwned}) AS f
             CROSS JOIN LATERAL (SELECT subject_id FROM events WHERE seq = f.seq AND subject_type = 'order' OFFSET 0) AS e ${atMost}),
    unplaced AS MATERIALIZED (
      (SELECT subject_id, owner FROM events
        WHERE seq > (SELECT high FROM last) AND subject_type = 'order' ORDER BY seq ${atMost})
      UNION ALL
      (SELECT e.subject_id, e.owner FROM last CROSS JOIN unnest(last.missing) AS hole
              CROSS JOIN LATERAL (SELECT subject_id, owner FROM events
                                   WHERE seq >= lower(hole) AND seq < upper(hole) AND subject_type = 'order' OFFSET 0) AS e ${atMost})),
    pending AS MATERIALIZED (
      SELECT subject_id AS order_id FROM unlisted UNION SELECT subject_id FROM unplaced WHERE ${isOwned})`;
}
