ALTER TABLE events
  ADD CONSTRAINT events_subject_id_required CHECK (subject_id IS NOT NULL) NOT VALID,
  ADD CONSTRAINT events_owner_required      CHECK (owner IS NOT NULL) NOT VALID;
