-- The event log takes events of any subject, each with its owner, and its rows are only ever inserted. The outbox holds what waits to be
-- sent; a row is deleted once the queue has accepted the message. The columns order_id, queue, published_at, resends, attempts,
-- next_attempt_at and last_error of events serve the previous version until the next release removes them.
ALTER TABLE events
  ADD COLUMN subject_type text NOT NULL DEFAULT 'order',
  ADD COLUMN subject_id   uuid,
  ADD COLUMN owner        text,
  ALTER COLUMN order_id DROP NOT NULL;

CREATE TABLE outbox (
  position        bigint GENERATED ALWAYS AS IDENTITY,
  seq             bigint NOT NULL,             -- of the event
  subject_id      uuid NOT NULL,
  version         integer NOT NULL,
  queue           text NOT NULL,
  resend          integer NOT NULL DEFAULT 0,  -- deliberate repeats of the message, each with its own deduplication id
  attempts        integer,                     -- how often the queue has refused it; 0: it gave no answer about it; NULL: never tried alone
  next_attempt_at timestamptz,                 -- NULL: as soon as possible; 'infinity': once the older event of its subject is sent
  last_error      text,
  is_shared       boolean NOT NULL DEFAULT false,  -- the row of events is unpublished too, so that the previous version may send it
  PRIMARY KEY (subject_id, version)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_insert_scale_factor = 0);

CREATE INDEX outbox_fresh ON outbox (position) WHERE next_attempt_at IS NULL;
CREATE INDEX outbox_to_retry ON outbox (next_attempt_at) WHERE attempts IS NOT NULL;
CREATE INDEX outbox_held ON outbox (subject_id) WHERE next_attempt_at = 'infinity';

-- When a queue accepted an event: once for each resend.
CREATE TABLE publications (
  seq          bigint NOT NULL,
  resend       integer NOT NULL,
  published_at timestamptz NOT NULL,
  PRIMARY KEY (seq, resend)
);

-- Events that an operator took out of the outbox; the reconciler does not send them again.
CREATE TABLE dropped_events (
  seq        bigint PRIMARY KEY,
  dropped_by text NOT NULL,
  dropped_at timestamptz NOT NULL DEFAULT now(),
  last_error text
);

-- The previous version writes events without a subject: they get it here, and wait in the outbox as well. While an older event of the
-- order waits that the previous version cannot see, only this version sends the new one, so that they stay in order.
CREATE FUNCTION add_former_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.subject_id := NEW.order_id;
  IF NEW.queue IS NOT NULL THEN
    IF NEW.published_at IS NULL THEN
      INSERT INTO outbox (seq, subject_id, version, queue, is_shared)
      VALUES (NEW.seq, NEW.order_id, NEW.version, NEW.queue, NOT EXISTS (
              SELECT FROM outbox WHERE subject_id = NEW.order_id AND NOT is_shared));
    END IF;
    IF EXISTS (SELECT FROM outbox WHERE subject_id = NEW.order_id AND version = NEW.version AND NOT is_shared) THEN
      NEW.queue := NULL;
    END IF;
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER add_former_event BEFORE INSERT ON events
  FOR EACH ROW WHEN (NEW.subject_id IS NULL) EXECUTE FUNCTION add_former_event();

-- The relay of the previous version has sent an event, or its reconciler sends one again. A row that the relay of this version has locked
-- is left to that relay; to wait for it could deadlock.
CREATE FUNCTION follow_former_relay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.published_at IS NULL THEN
    INSERT INTO outbox (seq, subject_id, version, queue, resend, is_shared)
    VALUES (NEW.seq, NEW.order_id, NEW.version, NEW.queue, NEW.resends, true)
    ON CONFLICT DO NOTHING;
  ELSE
    DELETE FROM outbox WHERE ctid IN (
           SELECT ctid FROM outbox WHERE subject_id = NEW.order_id AND version = NEW.version FOR UPDATE SKIP LOCKED);
    IF FOUND OR NOT EXISTS (SELECT FROM outbox WHERE subject_id = NEW.order_id AND version = NEW.version) THEN
      INSERT INTO publications (seq, resend, published_at) VALUES (NEW.seq, NEW.resends, NEW.published_at)
      ON CONFLICT DO NOTHING;
    END IF;
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER follow_former_relay AFTER UPDATE OF published_at ON events
  FOR EACH ROW WHEN (NEW.queue IS NOT NULL AND (OLD.published_at IS NULL) <> (NEW.published_at IS NULL))
  EXECUTE FUNCTION follow_former_relay();

-- This version has sent or dropped an event that the previous version would send too.
CREATE FUNCTION release_former_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE events SET queue = NULL WHERE seq = OLD.seq AND queue IS NOT NULL AND published_at IS NULL;
  RETURN NULL;
END $$;

CREATE TRIGGER release_former_event AFTER DELETE ON outbox
  FOR EACH ROW WHEN (OLD.is_shared) EXECUTE FUNCTION release_former_event();

-- Going back: makes the events that wait in the outbox, and the publications of the others, visible to the previous version. To be called
-- when every process of this version has stopped, with the queue of the service.
CREATE FUNCTION return_outbox_to_previous_version(queue_name text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  returned bigint;
BEGIN
  UPDATE events e SET queue = queue_name, published_at = p.published_at, resends = p.resend
    FROM (SELECT DISTINCT ON (seq) seq, resend, published_at FROM publications ORDER BY seq, resend DESC) p
   WHERE p.seq = e.seq AND e.published_at IS NULL AND e.seq NOT IN (SELECT seq FROM outbox);
  UPDATE events e SET queue = o.queue, published_at = NULL, resends = o.resend FROM outbox o WHERE o.seq = e.seq AND NOT o.is_shared;
  UPDATE outbox SET is_shared = true WHERE NOT is_shared;
  GET DIAGNOSTICS returned = ROW_COUNT;
  RETURN returned;
END $$;
