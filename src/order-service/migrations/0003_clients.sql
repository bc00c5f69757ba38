-- Clients get a name, a second secret for the time of a rotation, and an end: an id is never given twice, because its orders stay.
ALTER TABLE clients
  ADD COLUMN name                       text,
  ADD COLUMN previous_secret_hash       text,
  ADD COLUMN previous_secret_expires_at timestamptz,
  ADD COLUMN disabled_at                timestamptz,
  ADD COLUMN deleted_at                 timestamptz,
  ADD COLUMN updated_at                 timestamptz NOT NULL DEFAULT now();

-- Tokens that were taken back before their end; forgotten after it.
CREATE TABLE revoked_tokens (
  jti        text PRIMARY KEY,
  expires_at timestamptz NOT NULL
);

CREATE INDEX revoked_tokens_expires_at ON revoked_tokens (expires_at);

-- A submission can make something else than an order.
ALTER TABLE submissions ALTER COLUMN order_id DROP NOT NULL;
