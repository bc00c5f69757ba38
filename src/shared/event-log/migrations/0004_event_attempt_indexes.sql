-- In a migration of its own, so that the build, which reads the table once, blocks writers only. The relay finds fresh events without
-- passing any that is refused or waits behind one; the previous version goes on with events_waiting_by_order.
CREATE INDEX events_fresh ON events (seq)
  WHERE published_at IS NULL AND queue IS NOT NULL AND next_attempt_at IS NULL;
CREATE INDEX events_to_retry ON events (next_attempt_at)
  WHERE published_at IS NULL AND queue IS NOT NULL AND attempts IS NOT NULL;
DROP INDEX events_waiting;
