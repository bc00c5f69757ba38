import { byKey, type Queryable } from '../../../shared/postgres/queryable';
import { PAUSE_AFTER_FAILURES } from '../domain/endpoint-health';

const MOST = 100_001;

export async function queueSize(db: Queryable): Promise<number> {
  const { rows } = await db.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM (SELECT FROM webhook_queue LIMIT ${MOST}) AS counted`,
  );
  return rows[0]?.count ?? 0;
}

export async function endpointsByState(db: Queryable): Promise<Map<string, number>> {
  const { rows } = await db.query<{ state: string; count: number }>(
    `SELECT CASE WHEN NOT enabled THEN 'disabled' WHEN is_behind THEN 'behind'
                 WHEN consecutive_failures >= ${PAUSE_AFTER_FAILURES} THEN 'paused' ELSE 'active' END AS state, count(*)::int AS count
       FROM webhook_endpoints GROUP BY 1`,
  );
  return new Map(rows.map((row) => [row.state, row.count]));
}

export async function eventsBehind(db: Queryable): Promise<number> {
  const { rows } = await db.query<{ count: string }>(
    byKey(`SELECT CASE WHEN EXISTS (SELECT FROM webhook_endpoints WHERE enabled AND NOT is_behind)
                       THEN greatest(0, coalesce((SELECT position FROM event_feed ORDER BY position DESC LIMIT 1), 0)
                              - greatest(o.position, (SELECT min(cursor_position) FROM webhook_endpoints WHERE enabled AND NOT is_behind)))
                       ELSE 0 END AS count
             FROM webhook_fan_out o WHERE o.is_only`),
  );
  return Number(rows[0]?.count ?? 0);
}
