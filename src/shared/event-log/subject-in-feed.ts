import { byKey, type Queryable } from '../postgres/queryable';
import { type FeedCursor } from './feed-cursor';

/**
 * Whether the feed has, or will have, events of a subject behind a valid cursor. An event that has no position yet is behind every cursor. The
 * time grows with the number of events of the owner behind the cursor.
 */
export async function hasEventsBehind(
  db: Queryable,
  { position }: FeedCursor,
  subjectId: string,
): Promise<boolean> {
  const { rows } = await db.query<{ is_behind: boolean }>(
    byKey(`SELECT e.seq > s.high OR s.missing @> e.seq
                  OR EXISTS (SELECT FROM event_feed f WHERE f.owner = e.owner AND f.position > $1 AND f.event_id = e.event_id) AS is_behind
             FROM (SELECT seq, event_id, owner FROM events WHERE subject_id = $2 ORDER BY version DESC LIMIT 1) AS e,
                  (SELECT high, missing FROM event_feed_steps ORDER BY step DESC LIMIT 1) AS s`),
    [position, subjectId],
  );
  return rows[0]?.is_behind ?? false;
}
