-- Fails the transaction unless a statement has changed all of its rows, so that the statements behind it can be sent without waiting for it.
CREATE FUNCTION require_rows(changed bigint, expected bigint) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
  IF changed <> expected THEN
    RAISE EXCEPTION 'another transaction has changed % of % rows', expected - changed, expected USING ERRCODE = 'OP001';
  END IF;
  RETURN changed;
END $$;
