import { prepared, type Transaction } from '../postgres/queryable';

/**
 * Records that messages take effect in this transaction. Returns the ids of the messages that had not been recorded before; the caller
 * ignores the others. Two simultaneous deliveries of a message wait for each other here, in the order of the message ids, so that two
 * groups of messages never deadlock.
 */
export async function recordMessages(tx: Transaction, messageIds: readonly string[]): Promise<Set<string>> {
  const { rows } = await tx.query<{ message_id: string }>(RECORD_MESSAGES, [messageIds]);
  return new Set(rows.map(({ message_id: id }) => id));
}

/**
 * Like {@link recordMessages}, without waiting for the answer. The transaction fails with a unique violation (SQLSTATE 23505) if any of the
 * messages had been recorded before.
 */
export function recordNewMessages(tx: Transaction, messageIds: readonly string[]): void {
  tx.send(RECORD_NEW_MESSAGES, [messageIds]);
}

const INSERT = `INSERT INTO inbox (message_id)
   SELECT DISTINCT message_id FROM unnest($1::uuid[]) AS m (message_id) ORDER BY message_id`;

const RECORD_MESSAGES = prepared('record-messages', `${INSERT} ON CONFLICT DO NOTHING RETURNING message_id`);

const RECORD_NEW_MESSAGES = prepared('record-new-messages', INSERT);
