-- The event feed: every committed event once, with a position that is given after its commit. Both tables are insert-only until rows expire.
CREATE TABLE event_feed (
  position bigint PRIMARY KEY,
  seq      bigint NOT NULL,  -- of the event
  event_id uuid NOT NULL,
  owner    text NOT NULL
) WITH (autovacuum_vacuum_insert_scale_factor = 0.5);

CREATE INDEX event_feed_by_owner ON event_feed (owner, position);

-- How far the sequencer is. The row with the highest step counts.
CREATE TABLE event_feed_steps (
  step     bigint PRIMARY KEY,
  position bigint NOT NULL,          -- the last position that was given
  high     bigint NOT NULL,          -- the highest seq that was found
  missing  int8multirange NOT NULL,  -- values of seq up to "high" whose transactions may still commit
  xid      xid8 NOT NULL             -- of the step
);

INSERT INTO event_feed_steps (step, position, high, missing, xid) VALUES (0, 0, 0, '{}', '0');
