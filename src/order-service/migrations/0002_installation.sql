-- The identity of this database, part of every cache key: a Redis that outlives the database, or serves several, must not
-- answer for orders that are not in here.
CREATE TABLE installation (
  only_row        boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  installation_id uuid NOT NULL DEFAULT gen_random_uuid()
);

INSERT INTO installation DEFAULT VALUES;
