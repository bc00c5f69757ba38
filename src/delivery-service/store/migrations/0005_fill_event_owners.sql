-- migrate: in batches
WITH batch AS MATERIALIZED (
  SELECT seq FROM events WHERE seq > $1::bigint ORDER BY seq LIMIT 2000),
filled AS (
  UPDATE events e
     SET subject_id = e.order_id,
         owner = coalesce((SELECT client_id FROM shipments s WHERE s.order_id = e.order_id), '')
   WHERE e.seq IN (SELECT seq FROM batch) AND (e.subject_id IS NULL OR e.owner IS NULL))
SELECT CASE WHEN count(*) = 2000 THEN max(seq) END AS next FROM batch;
