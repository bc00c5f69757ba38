-- migrate: in batches
-- Gives positions to the events that exist, by the statement of the sequencer. Its own progress is in event_feed_steps, so that a repeat
-- continues there.
WITH last AS MATERIALIZED (
  SELECT step, position, high, missing FROM event_feed_steps WHERE $1::bigint >= 0 ORDER BY step DESC LIMIT 1
), found AS MATERIALIZED (
  (SELECT seq, event_id, owner FROM events WHERE seq > (SELECT high FROM last) ORDER BY seq LIMIT 5000)
  UNION ALL
  SELECT e.seq, e.event_id, e.owner FROM last CROSS JOIN unnest(last.missing) AS hole JOIN events e ON e.seq >= lower(hole) AND e.seq < upper(hole)
), total AS (
  SELECT count(*) AS events, max(seq) AS top, range_agg(int8range(seq, seq, '[]')) AS seqs FROM found
), ended AS (
  SELECT coalesce((SELECT high FROM event_feed_steps WHERE xid <= pg_snapshot_xmin(pg_current_snapshot())
                    ORDER BY step DESC LIMIT 1), 0) AS high
), step AS (
  INSERT INTO event_feed_steps (step, position, high, missing, xid)
  SELECT last.step + 1, last.position + total.events, greatest(last.high, total.top),
         last.missing + int8multirange(int8range(last.high + 1, greatest(last.high, total.top) + 1)) - total.seqs
           - int8multirange(int8range(0, ended.high + 1)),
         pg_current_xact_id()
    FROM last, total, ended WHERE total.events > 0
), fed AS (
  INSERT INTO event_feed (position, seq, event_id, owner)
  SELECT last.position + row_number() OVER (ORDER BY found.seq), found.seq, found.event_id, found.owner FROM found, last
)
SELECT CASE WHEN total.events >= 5000 THEN last.step + 1 END AS next FROM total, last;
