-- The previous version writes events without their owner, the client whose order it is.
CREATE FUNCTION add_former_event_owner() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.owner := coalesce(NEW.payload->>'client_id', (SELECT client_id FROM orders WHERE order_id = NEW.order_id), '');
  RETURN NEW;
END $$;

CREATE TRIGGER add_former_event_owner BEFORE INSERT ON events
  FOR EACH ROW WHEN (NEW.owner IS NULL) EXECUTE FUNCTION add_former_event_owner();
