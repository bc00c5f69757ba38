-- Reads the table once and blocks nobody: the constraints already hold for every new row.
ALTER TABLE events
  VALIDATE CONSTRAINT events_subject_id_required,
  VALIDATE CONSTRAINT events_owner_required;
