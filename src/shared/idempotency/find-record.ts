import { type Queryable } from '../postgres/queryable';
import { type RecordKey, type RecordRow, type StoredRecord, toStored } from './idempotency-records';

/**
 * A statement that finds the record of a key (`$1` client, `$2` route, `$3` kind, `$4` key) while it guards.
 *
 * @param isCancelled as in `insertRecords`.
 */
export const selectRecord = (isCancelled: (orderId: string) => string = () => 'false'): string =>
  `SELECT s.fingerprint, s.order_id, s.response_status, s.response_body
     FROM idempotency_records s
    WHERE s.client_id = $1 AND s.route = $2 AND s.kind = $3 AND s.key = $4
      AND (s.expires_at IS NULL OR s.expires_at > now())
      AND NOT (s.until_cancelled AND ${isCancelled('s.order_id')})`;

/**
 * The record of an earlier request with this key; null when there is none. Does not claim the key: for a request that is about to be refused.
 *
 * @param statement a {@link selectRecord}.
 */
export async function findRecord(
  db: Queryable,
  { clientId, route, kind, key }: RecordKey,
  statement = selectRecord(),
): Promise<StoredRecord | null> {
  const { rows } = await db.query<RecordRow>(statement, [clientId, route, kind, key]);
  return rows[0] ? toStored(rows[0]) : null;
}
