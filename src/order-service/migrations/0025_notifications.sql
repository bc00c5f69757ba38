-- The notifications that an owner wants, and who gets them. An owner without a row gets none.
CREATE TABLE notification_settings (
  owner                text PRIMARY KEY,
  low_stock_enabled    boolean NOT NULL DEFAULT false,
  low_stock_recipients text[] NOT NULL DEFAULT '{}',
  version              integer NOT NULL DEFAULT 1,
  updated_at           timestamptz  -- null: never changed
);

-- How far the event feed was read for notifications: one row.
CREATE TABLE notification_cursor (
  is_only  boolean PRIMARY KEY DEFAULT true CHECK (is_only),
  position bigint NOT NULL,
  proof    text NOT NULL
);

-- Begins at the end of the feed: no earlier event is notified.
INSERT INTO notification_cursor (position, proof)
SELECT position, encode(substring(uuid_send(event_id) FROM 9), 'hex') FROM event_feed ORDER BY position DESC LIMIT 1;

INSERT INTO notification_cursor (position, proof) VALUES (0, '0000000000000000') ON CONFLICT DO NOTHING;

-- E-mails to recipients of notifications, one for each event, kind and recipient, until they expire.
CREATE TABLE mails (
  mail_id    uuid PRIMARY KEY,            -- UUIDv7, so that its order is that of time; the Message-ID is derived from it
  owner      text NOT NULL,
  kind       text NOT NULL,
  event_id   uuid NOT NULL,
  subject_id uuid NOT NULL,               -- the product
  recipient  text NOT NULL,
  content    jsonb NOT NULL,              -- the data that the texts are made of
  status     text NOT NULL CHECK (status IN ('pending', 'sent', 'failed', 'not_sent')),  -- the last one: no mail server was set up
  attempt    integer NOT NULL DEFAULT 0,  -- the number of the last attempt; a result counts only with it
  tries      integer NOT NULL DEFAULT 0,  -- failed attempts since the mail was queued
  due_at     timestamptz,                 -- when a process may take the mail; while one is sending it, the end of its lease
  created_at timestamptz NOT NULL,
  sent_at    timestamptz,
  last_error text,
  UNIQUE (event_id, kind, recipient),
  CHECK ((status = 'pending') = (due_at IS NOT NULL))
);

-- Whether a mail is due, and those of each owner.
CREATE INDEX mails_due          ON mails (due_at) WHERE status = 'pending';
CREATE INDEX mails_due_by_owner ON mails (owner, due_at) WHERE status = 'pending';

CREATE INDEX mails_by_owner            ON mails (owner, mail_id);
CREATE INDEX mails_by_owner_and_status ON mails (owner, status, mail_id);

-- For the lists of operators.
CREATE INDEX mails_by_status ON mails (status, mail_id);

-- For the time since the last mail about a product to a recipient.
CREATE INDEX mails_by_subject ON mails (subject_id, recipient, mail_id);
