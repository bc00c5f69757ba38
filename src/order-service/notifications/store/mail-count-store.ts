import { byKey, type Queryable } from '../../../shared/postgres/queryable';

const MOST = 100_001;

/** The number of pending mails, up to 100 001. */
export async function countPendingMails(db: Queryable): Promise<number> {
  const { rows } = await db.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM (SELECT FROM mails WHERE status = 'pending' LIMIT ${MOST}) AS counted`,
  );
  return rows[0]?.count ?? 0;
}

/** Removes mails with an id below `below`, a few at a time. Returns how many. */
export async function removeMails(db: Queryable, below: string): Promise<number> {
  const { rowCount } = await db.query(
    byKey(
      'DELETE FROM mails WHERE mail_id IN (SELECT mail_id FROM mails WHERE mail_id < $1 ORDER BY mail_id LIMIT 1000)',
    ),
    [below],
  );
  return rowCount ?? 0;
}
