import { prepared, type Transaction } from '../postgres/queryable';
import { type RecordKey } from './idempotency-records';
import { KEY_COLUMNS } from './insert-records';

const RELEASE_RECORDS = prepared(
  'release-records',
  `DELETE FROM idempotency_records s USING json_to_recordset($1::json) AS n (${KEY_COLUMNS})
    WHERE s.client_id = n.client_id AND s.route = n.route AND s.kind = n.kind AND s.key = n.key`,
);

/** Deletes records that this transaction has claimed, for requests that it refuses: a repeat of such a request is executed again. */
export function releaseRecords(tx: Transaction, keys: readonly RecordKey[]): void {
  if (keys.length === 0) return;
  const rows = keys.map(({ clientId, route, kind, key }) => ({ client_id: clientId, route, kind, key }));
  tx.send(RELEASE_RECORDS, [JSON.stringify(rows)]);
}
