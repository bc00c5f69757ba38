-- The previous version writes events without their owner, the client whose order is shipped.
CREATE FUNCTION add_former_event_owner() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.owner := coalesce((SELECT client_id FROM shipments WHERE order_id = NEW.order_id), '');
  RETURN NEW;
END $$;

CREATE TRIGGER add_former_event_owner BEFORE INSERT ON events
  FOR EACH ROW WHEN (NEW.owner IS NULL) EXECUTE FUNCTION add_former_event_owner();
