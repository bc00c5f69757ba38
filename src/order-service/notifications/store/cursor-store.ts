import { type FeedCursor } from '../../../shared/event-log/feed-cursor';
import { type Queryable, type Transaction } from '../../../shared/postgres/queryable';

/** Behind the last event of the feed that was read for notifications. */
export async function readCursor(db: Queryable): Promise<FeedCursor> {
  const { rows } = await db.query<{ position: string; proof: string }>(
    'SELECT position, proof FROM notification_cursor WHERE is_only',
  );
  const [row] = rows;
  if (!row) throw new Error('the table notification_cursor is empty');
  return row;
}

/**
 * Moves the cursor, unless another process has moved it from the same position. The row stays locked until the end of the transaction.
 *
 * @returns whether it was moved.
 */
export async function moveCursor(tx: Transaction, from: FeedCursor, to: FeedCursor): Promise<boolean> {
  const { rowCount } = await tx.query(
    'UPDATE notification_cursor SET position = $3, proof = $4 WHERE is_only AND position = $1 AND proof = $2',
    [from.position, from.proof, to.position, to.proof],
  );
  return rowCount === 1;
}

/** The number of events of the feed behind the cursor. */
export async function countBehind(db: Queryable): Promise<number> {
  const { rows } = await db.query<{ count: string }>(
    `SELECT greatest(0, coalesce((SELECT position FROM event_feed ORDER BY position DESC LIMIT 1), 0) - position) AS count
       FROM notification_cursor WHERE is_only`,
  );
  return Number(rows[0]?.count ?? 0);
}
