-- migrate: in batches
-- The events that wait at the moment, and the time of publication of the others. The lock makes an event wait for the relay of the
-- previous version that is just sending it.
WITH batch AS MATERIALIZED (
  SELECT seq, order_id, version, queue, published_at, resends, attempts, next_attempt_at, last_error
    FROM events WHERE seq > $1::bigint ORDER BY seq LIMIT 2000),
locked AS MATERIALIZED (
  SELECT e.seq, e.order_id, e.version, e.queue, e.resends, e.attempts, e.next_attempt_at, e.last_error
    FROM events e
   WHERE e.seq IN (SELECT seq FROM batch WHERE published_at IS NULL AND queue IS NOT NULL)
     AND e.published_at IS NULL AND e.queue IS NOT NULL
     FOR UPDATE),
waiting AS (
  INSERT INTO outbox (seq, subject_id, version, queue, resend, attempts, next_attempt_at, last_error, is_shared)
  SELECT seq, order_id, version, queue, resends, attempts, next_attempt_at, last_error, true FROM locked ORDER BY seq
  ON CONFLICT DO NOTHING),
published AS (
  INSERT INTO publications (seq, resend, published_at)
  SELECT seq, resends, published_at FROM batch WHERE published_at IS NOT NULL AND queue IS NOT NULL
  ON CONFLICT DO NOTHING)
SELECT CASE WHEN count(*) = 2000 THEN max(seq) END AS next FROM batch;
