import { eventually } from '../support/eventually';
import { type Databases } from './databases';
import { type Breach } from './history';

export const FEED_AGREES = 'I15 the feed has every event once, and the order list every order';

/** How long the feed and the list may take to follow the last event, in milliseconds. */
const FOLLOWED_WITHIN_MS = 10_000;

/** Compares the event feed with the event log, and the order list with the orders, as soon as they have followed the last event. */
export async function feedDisagreeing(databases: Databases): Promise<Breach[]> {
  let differences: string[] = [];
  const agree = async (): Promise<void> => {
    differences = await differencesIn(databases);
    if (differences.length > 0) throw new Error(differences.join());
  };
  await eventually(agree, FOLLOWED_WITHIN_MS).catch(() => undefined);
  return differences.map((what) => ({ invariant: FEED_AGREES, what, key: null }));
}

async function differencesIn({ orders: db }: Databases): Promise<string[]> {
  const { rows } = await db.query<{ what: string; count: number }>(
    `SELECT * FROM (
       SELECT 'events without a position' AS what, count(*)::int AS count
         FROM events e WHERE NOT EXISTS (SELECT FROM event_feed f WHERE f.seq = e.seq)
       UNION ALL
       SELECT 'events with several positions', count(*)::int
         FROM (SELECT FROM event_feed GROUP BY seq HAVING count(*) > 1) AS repeated
       UNION ALL
       SELECT 'gaps between positions', (max(position) - min(position) + 1 - count(*))::int FROM event_feed
       UNION ALL
       SELECT 'versions of a subject in another order', count(*)::int
         FROM (SELECT e.version - lag(e.version) OVER (PARTITION BY e.subject_id ORDER BY f.position) AS step
                 FROM event_feed f JOIN events e ON e.seq = f.seq) AS steps WHERE step <> 1
       UNION ALL
       SELECT 'orders that differ from the list', count(*)::int
         FROM orders o FULL JOIN order_list l USING (order_id)
        WHERE (o.client_id, o.customer_id, o.status, o.total_amount, o.created_at, o.updated_at)
              IS DISTINCT FROM (l.client_id, l.customer_id, l.status, l.total_amount, l.created_at, l.updated_at)
       UNION ALL
       SELECT 'open orders that the reconciler never compares', count(*)::int
         FROM orders o
        WHERE status NOT IN ('DELIVERED', 'RETURNED', 'CANCELLED')
          AND NOT EXISTS (SELECT FROM order_checks c WHERE c.order_id = o.order_id)) AS differences
      WHERE count > 0`,
  );
  return rows.map(({ what, count }) => `${count} ${what}`);
}
