CREATE TABLE clients (
  client_id   text PRIMARY KEY,
  secret_hash text NOT NULL,
  scopes      text[] NOT NULL,
  created_at  timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE orders (
  order_id           uuid PRIMARY KEY,
  client_id          text NOT NULL,
  customer_id        text NOT NULL,
  currency           text NOT NULL,
  total_minor        bigint NOT NULL CHECK (total_minor > 0),
  status             text NOT NULL CHECK (status IN ('PENDING_SHIPMENT', 'SHIPPED', 'IN_TRANSIT', 'OUT_FOR_DELIVERY',
                                                     'DELIVERED', 'DELIVERY_FAILED', 'RETURNED', 'CANCELLED')),
  version            integer NOT NULL CHECK (version > 0),
  cancellation       text CHECK (cancellation IN ('requested', 'refused', 'confirmed')),
  carrier            text,
  tracking_number    text,
  estimated_delivery timestamptz,
  metadata           jsonb NOT NULL,
  shipment_version   integer NOT NULL DEFAULT 0,  -- the last message of the Delivery Service that was applied
  created_at         timestamptz NOT NULL,
  updated_at         timestamptz NOT NULL,
  checked_at         timestamptz NOT NULL         -- when it last moved, or was last compared with its shipment
);

-- What the reconciler looks through: only orders that have not ended, longest untouched first.
CREATE INDEX orders_open_by_check ON orders (checked_at)
  WHERE status NOT IN ('DELIVERED', 'RETURNED', 'CANCELLED');

CREATE TABLE order_items (
  order_id         uuid NOT NULL REFERENCES orders,
  line             smallint NOT NULL,
  product_id       text NOT NULL,
  quantity         integer NOT NULL CHECK (quantity > 0),
  unit_price_minor bigint NOT NULL CHECK (unit_price_minor > 0),
  PRIMARY KEY (order_id, line)
);

-- One row per submission of an order, in the order's own transaction: by Idempotency-Key for as long as the order lives, or
-- without a key by content until expires_at (the submit-twice guard).
CREATE TABLE submissions (
  client_id       text NOT NULL,
  route           text NOT NULL,
  kind            text NOT NULL CHECK (kind IN ('key', 'content')),
  key             text NOT NULL,
  fingerprint     text NOT NULL,
  order_id        uuid NOT NULL,
  response_status smallint NOT NULL,
  response_body   text NOT NULL,
  expires_at      timestamptz,
  PRIMARY KEY (client_id, route, kind, key)
);

CREATE INDEX submissions_expires_at ON submissions (expires_at) WHERE expires_at IS NOT NULL;
