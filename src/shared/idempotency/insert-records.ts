/** The columns of the key of a record, as `json_to_recordset` declares them. */
export const KEY_COLUMNS = 'client_id text, route text, kind text, key text';

/**
 * Inserts records that do not exist, whose window has passed, or whose order was cancelled where that counts, and returns their keys
 * and orders. There is no check before the insert: two inserts at once conflict on the primary key, and the second waits until the first
 * commits or fails; then it finds the order of the first, which is not cancelled. Rows are written in the order of their keys, so that
 * two transactions never deadlock.
 *
 * @param rows the parameter that holds the records.
 * @param isCancelled SQL that is true when the order with this id (an SQL expression) is cancelled; by default no record has an order.
 */
export const insertRecords = (
  rows: string,
  isCancelled: (orderId: string) => string = () => 'false',
): string =>
  `INSERT INTO idempotency_records AS s (client_id, route, kind, key, fingerprint, order_id, response_status, response_body, expires_at,
                                 until_cancelled)
   SELECT client_id, route, kind, key, fingerprint, order_id, response_status, response_body,
          now() + make_interval(secs => window_seconds), until_cancelled
     FROM json_to_recordset(${rows}::json)
          AS n (${KEY_COLUMNS}, fingerprint text, order_id uuid, response_status smallint, response_body text,
                window_seconds float8, until_cancelled boolean, former_key text)
    WHERE former_key IS NULL OR (${formerRecord(isCancelled)}) IS NULL
    ORDER BY client_id, route, kind, key
   ON CONFLICT (client_id, route, kind, key) DO UPDATE
      SET fingerprint = excluded.fingerprint, order_id = excluded.order_id, expires_at = excluded.expires_at,
          response_status = excluded.response_status, response_body = excluded.response_body,
          until_cancelled = excluded.until_cancelled
    WHERE s.expires_at <= now() OR (s.until_cancelled AND ${isCancelled('s.order_id')})
   RETURNING s.client_id, s.route, s.kind, s.key, s.order_id`;

/** The order as it was placed, without the members that are unique to it. */
const placedAs = (responseBody: string): string =>
  `${responseBody}::jsonb - ARRAY['order_id', 'created_at', 'updated_at']`;

/** The record that the previous version wrote for the request of the record `n`. */
const formerRecord = (isCancelled: (orderId: string) => string): string => `
      SELECT f.order_id FROM idempotency_records f
       WHERE f.client_id = n.client_id AND f.route = n.route AND f.kind = n.kind AND f.key = n.former_key
         AND f.expires_at > now() AND NOT (n.until_cancelled AND ${isCancelled('f.order_id')})
         AND ${placedAs('f.response_body')} = ${placedAs('n.response_body')}
       LIMIT 1`;
