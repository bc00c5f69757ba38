-- The endpoints to which clients have events sent.
CREATE TABLE webhook_endpoints (
  endpoint_id            uuid PRIMARY KEY,
  client_id              text NOT NULL,
  url                    text NOT NULL,
  event_types            text[] NOT NULL DEFAULT '{}',  -- empty: all
  enabled                boolean NOT NULL DEFAULT true,
  disabled_reason        text CHECK (disabled_reason IN ('by_client', 'gone', 'failing')),
  description            text,
  metadata               jsonb NOT NULL DEFAULT '{}',
  sealed_secret          bytea NOT NULL,
  previous_sealed_secret bytea,
  previous_secret_until  timestamptz,
  cursor_position        bigint NOT NULL,                 -- in the event feed: no event up to here is queued for the endpoint any more
  cursor_proof           text NOT NULL,
  is_behind              boolean NOT NULL DEFAULT false,  -- the endpoint does not follow "webhook_fan_out" but its own cursor
  disabled_position      bigint,                          -- the end of the event feed when the endpoint was disabled
  skipped_positions      int8multirange NOT NULL DEFAULT '{}',  -- the events while the endpoint was disabled, as far as its own cursor is before them
  missed_before          timestamptz,                     -- events before this time were removed before they were queued
  health_version         integer NOT NULL DEFAULT 1,      -- attempts for an earlier version of the endpoint, with another URL, do not count for the next three
  failing_since          timestamptz,
  consecutive_failures   integer NOT NULL DEFAULT 0,
  paused_until           timestamptz,
  version                integer NOT NULL DEFAULT 1,
  created_at             timestamptz NOT NULL DEFAULT now(),
  updated_at             timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 70);

CREATE INDEX webhook_endpoints_by_client ON webhook_endpoints (client_id, endpoint_id);

-- How far the feed is queued for all endpoints that are not behind: one row. Its lock is held while deliveries are added to the queue.
CREATE TABLE webhook_fan_out (
  is_only  boolean PRIMARY KEY DEFAULT true CHECK (is_only),
  position bigint NOT NULL,
  proof    text NOT NULL,
  moved_by uuid  -- the transaction that moved it last
);

INSERT INTO webhook_fan_out (position, proof) VALUES (0, '0000000000000000');

-- The deliveries that are not finished. Of each subject, at most one delivery per endpoint has a time; the others wait for it.
CREATE TABLE webhook_queue (
  endpoint_id uuid NOT NULL,
  subject_id  uuid NOT NULL,                   -- the order, or the endpoint that a notice is about
  version     integer NOT NULL,                -- of the subject
  event_id    uuid NOT NULL,
  type        text NOT NULL,
  attempt     integer NOT NULL DEFAULT 0,      -- the number of the last attempt; a result counts only with it
  tries       integer NOT NULL DEFAULT 0,      -- failed attempts since the delivery was queued
  is_taken    boolean NOT NULL DEFAULT false,  -- a process is sending it; after "due_at" another process may take it
  due_at      timestamptz NOT NULL,            -- 'infinity': once the delivery before it is finished
  queued_at   timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (endpoint_id, subject_id, version)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_insert_scale_factor = 0);

CREATE INDEX webhook_queue_due ON webhook_queue (endpoint_id, is_taken, due_at) WHERE due_at < 'infinity';

-- Each attempt with its outcome; insert-only until rows expire. Event ids are UUIDv7, so that their order is that of time.
CREATE TABLE webhook_attempts (
  endpoint_id  uuid NOT NULL,
  event_id     uuid NOT NULL,
  attempt      integer NOT NULL,
  subject_id   uuid NOT NULL,
  version      integer NOT NULL,
  type         text NOT NULL,
  outcome      text NOT NULL CHECK (outcome IN ('succeeded', 'failed', 'retried')),  -- the last two: finished without success, to be repeated
  attempted_at timestamptz NOT NULL,
  latency_ms   integer NOT NULL,
  http_status  smallint,
  error        text,
  excerpt      text,  -- the beginning of the answer
  PRIMARY KEY (endpoint_id, event_id, attempt)
) WITH (autovacuum_vacuum_insert_scale_factor = 0.5);

CREATE INDEX webhook_attempts_by_subject ON webhook_attempts (endpoint_id, subject_id);
CREATE INDEX webhook_attempts_failed ON webhook_attempts (endpoint_id, event_id) WHERE outcome = 'failed';

-- Events of the webhooks themselves, such as the end of an endpoint that failed too long. They are not in the event log.
CREATE TABLE webhook_notices (
  event_id    uuid PRIMARY KEY,
  client_id   text NOT NULL,
  subject_id  uuid NOT NULL,     -- the endpoint
  version     integer NOT NULL,  -- counts the notices of the endpoint
  type        text NOT NULL,
  body        text NOT NULL,
  occurred_at timestamptz NOT NULL,
  UNIQUE (subject_id, version)
);

-- Time ranges of the feed that are queued again, page by page.
CREATE TABLE webhook_replays (
  replay_id       uuid PRIMARY KEY,
  endpoint_id     uuid NOT NULL,
  occurred_from   timestamptz NOT NULL,
  occurred_to     timestamptz NOT NULL,
  cursor_position bigint NOT NULL,
  cursor_proof    text NOT NULL,
  end_position    bigint NOT NULL,  -- the last position to read
  queued          integer NOT NULL DEFAULT 0,
  is_incomplete   boolean NOT NULL DEFAULT false,  -- events of the range were removed before they were queued
  created_at      timestamptz NOT NULL DEFAULT now(),
  ended_at        timestamptz
);

CREATE INDEX webhook_replays_open ON webhook_replays (endpoint_id, created_at) WHERE ended_at IS NULL;
