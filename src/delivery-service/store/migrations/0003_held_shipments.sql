-- Shipments that are not handed over to the carrier before the Order Service has compared them with its orders.
ALTER TABLE shipments ADD COLUMN held_at timestamptz;

CREATE INDEX shipments_held ON shipments (shipment_id) WHERE held_at IS NOT NULL;
