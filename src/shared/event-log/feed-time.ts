import { byKey, type Queryable } from '../postgres/queryable';
import { cursorBehind, type FeedCursor } from './feed-cursor';

/**
 * The last position of the feed whose event, like those before it, happened before a time; found by bisection, because positions follow the
 * commits. A transaction can commit its event a little after later events: subtract the longest duration of a transaction from the time.
 *
 * @returns null when the first event of the feed happened later.
 */
export async function cursorBefore(db: Queryable, time: Date): Promise<FeedCursor | null> {
  const { rows } = await db.query<{ position: string; event_id: string }>(
    byKey(`WITH RECURSIVE search (low, high) AS (
             SELECT (SELECT position FROM event_feed ORDER BY position LIMIT 1),
                    (SELECT position + 1 FROM event_feed ORDER BY position DESC LIMIT 1)
             UNION ALL
             SELECT CASE WHEN middle.is_before THEN middle.position + 1 ELSE low END,
                    CASE WHEN middle.is_before THEN high ELSE middle.position END
               FROM search
                    CROSS JOIN LATERAL (
                      SELECT (low + high) / 2 AS position,
                             coalesce((SELECT e.occurred_at < $1 FROM event_feed f JOIN events e ON e.seq = f.seq
                                        WHERE f.position = (low + high) / 2), true) AS is_before OFFSET 0) AS middle
              WHERE low < high)
           SELECT position, event_id FROM event_feed WHERE position = (SELECT low - 1 FROM search WHERE low = high)`),
    [time],
  );
  return rows[0] ? cursorBehind(rows[0].position, rows[0].event_id) : null;
}
