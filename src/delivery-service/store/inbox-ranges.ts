import { type Queryable } from '../../shared/postgres/queryable';

/** The number of ranges, of seven days each, that exist in advance. */
const FOLLOWING_RANGES = 2;

/**
 * Removes records of messages that no queue can still hold: a range as a whole, or some records outside the ranges, few enough for the time
 * limit; then creates the next ranges of the inbox. Returns how many ranges and records were removed.
 *
 * @param olderThan at least 40 days ago; records that are younger than 40 days are kept in any case.
 */
export async function maintainInbox(db: Queryable, olderThan: Date): Promise<number> {
  const { rows } = await db.query<{ removed: number }>('SELECT prune_inbox($1) AS removed', [olderThan]);
  await db.query('SELECT extend_inbox($1)', [FOLLOWING_RANGES]);
  return rows[0]?.removed ?? 0;
}
