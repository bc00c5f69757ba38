CREATE TABLE shipments (
  shipment_id        uuid PRIMARY KEY,
  order_id           uuid NOT NULL UNIQUE,
  client_id          text NOT NULL,
  customer_id        text NOT NULL,
  items              jsonb NOT NULL,
  status             text NOT NULL CHECK (status IN ('PROCESSING', 'SHIPPED', 'IN_TRANSIT', 'OUT_FOR_DELIVERY', 'DELIVERED',
                                                     'DELIVERY_FAILED', 'RETURNED', 'CANCELLED')),
  version            integer NOT NULL CHECK (version > 0),
  attempts           smallint NOT NULL DEFAULT 0,
  carrier            text,
  tracking_number    text,
  estimated_delivery timestamptz,
  correlation_id     text NOT NULL,  -- of the request that placed the order: every later step belongs to it
  traceparent        text NOT NULL,
  next_step_at       timestamptz,  -- when the carrier is to be asked again; NULL: it has ended
  created_at         timestamptz NOT NULL,
  updated_at         timestamptz NOT NULL
);

CREATE INDEX shipments_due ON shipments (next_step_at) WHERE next_step_at IS NOT NULL;
