-- The event log of a service: audit trail, timeline, source of streams and, through published_at, the outbox.
CREATE TABLE events (
  seq           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  event_id      uuid NOT NULL UNIQUE,
  order_id      uuid NOT NULL,
  version       integer NOT NULL CHECK (version > 0),
  type          text NOT NULL,
  payload       jsonb NOT NULL,
  actor         text NOT NULL,
  correlation_id text NOT NULL,
  traceparent   text NOT NULL,
  occurred_at   timestamptz NOT NULL,
  queue         text,                        -- where it is to be sent; NULL: it stays here
  published_at  timestamptz,
  resends       integer NOT NULL DEFAULT 0,  -- deliberate repeats, each with a deduplication id of its own
  UNIQUE (order_id, version)
);

-- Both small: they hold only what waits to be sent. The second answers "is an older one of this order still waiting?".
CREATE INDEX events_waiting ON events (seq) WHERE published_at IS NULL AND queue IS NOT NULL;
CREATE INDEX events_waiting_by_order ON events (order_id, version) WHERE published_at IS NULL AND queue IS NOT NULL;
