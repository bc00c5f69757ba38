import { prepared, type Queryable, type Transaction } from '../postgres/queryable';

/**
 * Records that messages take effect in this transaction. Returns the ids of the messages that had not been recorded before; the caller
 * ignores the others. Two simultaneous deliveries of a message wait for each other here, in the order of the message ids, so that two
 * groups of messages never deadlock.
 */
export async function recordMessages(tx: Transaction, messageIds: readonly string[]): Promise<Set<string>> {
  const { rows } = await tx.query<{ message_id: string }>(RECORD_MESSAGES, [messageIds]);
  return new Set(rows.map(({ message_id: id }) => id));
}

const RECORD_MESSAGES = prepared(
  'record-messages',
  `INSERT INTO inbox (message_id)
   SELECT DISTINCT message_id FROM unnest($1::uuid[]) AS m (message_id) ORDER BY message_id
   ON CONFLICT DO NOTHING
   RETURNING message_id`,
);

/** Deletes some of the records of messages that no queue can still hold, few enough for the time limit. Returns how many. */
export async function pruneInbox(db: Queryable, olderThan: Date): Promise<number> {
  const { rowCount } = await db.query(
    'DELETE FROM inbox WHERE message_id IN (SELECT message_id FROM inbox WHERE received_at < $1 LIMIT 2000)',
    [olderThan],
  );
  return rowCount ?? 0;
}
