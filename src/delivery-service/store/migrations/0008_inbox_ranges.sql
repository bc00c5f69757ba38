-- The inbox in ranges of seven days of its message ids, which are UUIDv7 (RFC 9562) and begin with a time: an expired range is dropped as a
-- whole. The rows that exist, and later ones outside the ranges, such as resends of old messages, are in inbox_default.
ALTER TABLE inbox RENAME TO inbox_default;
ALTER INDEX inbox_pkey RENAME TO inbox_default_pkey;
ALTER INDEX inbox_received_at RENAME TO inbox_default_received_at;

CREATE TABLE inbox (
  message_id  uuid PRIMARY KEY,
  received_at timestamptz NOT NULL DEFAULT now()
) PARTITION BY RANGE (message_id);

-- The first message id of a range; ranges are numbered from 1970 on.
CREATE FUNCTION inbox_range_start(range_number bigint) RETURNS uuid LANGUAGE sql IMMUTABLE
  RETURN (pg_catalog.lpad(pg_catalog.to_hex(range_number * 604800000), 12, '0') || '00000000000000000000')::uuid;

-- Creates the range of the present and those that follow, as far as they are missing. A range of which inbox_default has rows is left out.
-- The caller needs no right to create tables.
CREATE FUNCTION extend_inbox(following integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT SET lock_timeout = '500ms' AS $$
DECLARE
  present bigint := floor(extract(epoch FROM now()) / 604800);
  created integer := 0;
BEGIN
  FOR number IN present .. present + following LOOP
    CONTINUE WHEN to_regclass('inbox_' || number) IS NOT NULL;
    -- Several instances take turns; messages are recorded meanwhile.
    LOCK TABLE inbox IN SHARE UPDATE EXCLUSIVE MODE;
    CONTINUE WHEN to_regclass('inbox_' || number) IS NOT NULL OR EXISTS (
      SELECT FROM inbox_default
       WHERE message_id >= inbox_range_start(number) AND message_id < inbox_range_start(number + 1));
    EXECUTE format('CREATE TABLE %I (LIKE inbox INCLUDING ALL)', 'inbox_' || number);
    EXECUTE format('ALTER TABLE inbox ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', 'inbox_' || number,
                   inbox_range_start(number), inbox_range_start(number + 1));
    created := created + 1;
  END LOOP;
  RETURN created;
END $$;

-- Removes expired rows: some of inbox_default, and one range whose rows have all expired. Returns the number of rows and ranges. Rows are
-- kept for 40 days at least.
CREATE FUNCTION prune_inbox(older_than timestamptz) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT SET lock_timeout = '500ms' AS $$
DECLARE
  oldest_kept timestamptz := least(older_than, now() - interval '40 days');
  removed integer;
  dropped integer := 0;
  range_name text;
  is_needed boolean;
BEGIN
  FOR range_name IN
    SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
     WHERE i.inhparent = 'inbox'::regclass AND c.relname ~ '^inbox_[0-9]+$'
       AND to_timestamp((substr(c.relname, 7)::bigint + 1) * 604800) <= oldest_kept
     ORDER BY 1
  LOOP
    LOCK TABLE inbox IN SHARE UPDATE EXCLUSIVE MODE;
    CONTINUE WHEN to_regclass(range_name) IS NULL;
    -- A message that was redriven late was received long after its range.
    EXECUTE format('SELECT EXISTS (SELECT FROM %I WHERE received_at >= $1)', range_name) INTO is_needed USING oldest_kept;
    CONTINUE WHEN is_needed;
    EXECUTE format('DROP TABLE %I', range_name);
    dropped := 1;
    EXIT;
  END LOOP;
  -- After the ranges, because DROP TABLE locks inbox_default too: otherwise two instances would wait for each other.
  DELETE FROM inbox_default
   WHERE message_id IN (SELECT message_id FROM inbox_default WHERE received_at < oldest_kept LIMIT 2000);
  GET DIAGNOSTICS removed = ROW_COUNT;
  RETURN removed + dropped;
END $$;

-- So many ranges that no further one is created before the rows of inbox_default have expired: that one would read them all.
SELECT extend_inbox(9);

ALTER TABLE inbox ATTACH PARTITION inbox_default DEFAULT;
