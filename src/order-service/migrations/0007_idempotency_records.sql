-- Idempotency records are kept for any operation, not only for the submission of orders. The previous version keeps reading and writing them
-- under the old name: a view of one table can be updated like the table, also with ON CONFLICT. Its column ctid is for the DELETE that
-- prunes expired records; it is the last one, so that an INSERT without column names has the same columns as before.
ALTER TABLE submissions RENAME TO idempotency_records;
ALTER TABLE idempotency_records RENAME CONSTRAINT submissions_pkey TO idempotency_records_pkey;
ALTER TABLE idempotency_records RENAME CONSTRAINT submissions_kind_check TO idempotency_records_kind_check;
ALTER INDEX submissions_expires_at RENAME TO idempotency_records_expires_at;

CREATE VIEW submissions AS
  SELECT client_id, route, kind, key, fingerprint, order_id, response_status, response_body, expires_at, until_cancelled, ctid
    FROM idempotency_records;
