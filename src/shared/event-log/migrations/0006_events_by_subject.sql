-- migrate: without transaction
CREATE UNIQUE INDEX CONCURRENTLY events_by_subject ON events (subject_id, version);
