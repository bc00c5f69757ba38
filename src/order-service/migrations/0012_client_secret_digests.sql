-- Keyed hashes of the client secrets, beside the slow hashes, which the previous version reads and writes. Null until the secret is used.
ALTER TABLE clients
  ADD COLUMN secret_digest          text,
  ADD COLUMN previous_secret_digest text;

-- A digest ends with the hash of its secret. The previous version writes only the hashes: when it replaces a secret, the digest of that
-- secret becomes the previous one, and the new secret has none.
CREATE FUNCTION keep_secret_digests() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.secret_hash <> OLD.secret_hash AND NEW.secret_digest = OLD.secret_digest THEN
    NEW.secret_digest := NULL;
  END IF;
  IF NEW.previous_secret_hash IS DISTINCT FROM OLD.previous_secret_hash THEN
    NEW.previous_secret_digest := CASE WHEN NEW.previous_secret_hash = OLD.secret_hash THEN OLD.secret_digest END;
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER keep_secret_digests BEFORE UPDATE OF secret_hash, previous_secret_hash ON clients
  FOR EACH ROW EXECUTE FUNCTION keep_secret_digests();
