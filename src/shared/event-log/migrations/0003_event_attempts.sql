-- What is known of an event that was not published at once; NULL in all others, so that ordinary writes store nothing more.
--   attempts        how often a queue has refused it; 0: a queue gave no answer about it
--   next_attempt_at when it is sent again; 'infinity': an older event of its order is refused, so it waits for that one
--   last_error      why it was refused the last time
ALTER TABLE events
  ADD COLUMN attempts        integer,
  ADD COLUMN next_attempt_at timestamptz,
  ADD COLUMN last_error      text;
