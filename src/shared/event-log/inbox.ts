import { type Queryable, type Transaction } from '../postgres/queryable';

/**
 * Notes that a message has its effect in this transaction. False when it had it before: the caller then does nothing. Two
 * deliveries of one message at the same time wait for each other here.
 */
export async function recordMessage(tx: Transaction, messageId: string): Promise<boolean> {
  const { rowCount } = await tx.query('INSERT INTO inbox (message_id) VALUES ($1) ON CONFLICT DO NOTHING', [
    messageId,
  ]);
  return rowCount === 1;
}

/** Forgets some of the messages that no queue can still hold: few enough for the time limit. Returns how many. */
export async function pruneInbox(db: Queryable, olderThan: Date): Promise<number> {
  const { rowCount } = await db.query(
    'DELETE FROM inbox WHERE message_id IN (SELECT message_id FROM inbox WHERE received_at < $1 LIMIT 2000)',
    [olderThan],
  );
  return rowCount ?? 0;
}
