-- The stock of the products that are stock-kept, or were when they were deleted. The rows of popular products change with every order: no index
-- has a column that changes, and half of each page is free, so that changes are heap-only updates.
CREATE TABLE stock (
  product_id          uuid PRIMARY KEY REFERENCES products,
  stock_id            uuid NOT NULL UNIQUE,  -- the subject of its events
  owner               text NOT NULL,         -- of the product
  on_hand             integer NOT NULL CHECK (on_hand BETWEEN 0 AND 1000000000),
  reserved            integer NOT NULL CHECK (reserved >= 0),
  low_stock_threshold integer CHECK (low_stock_threshold BETWEEN 0 AND 1000000000),
  backorder_limit     integer NOT NULL DEFAULT 0 CHECK (backorder_limit BETWEEN 0 AND 1000000000),
  version             integer NOT NULL,
  -- Of a deleted product. A column of this table, so that sessions that waited for the lock of the row see it.
  is_ended            boolean NOT NULL DEFAULT false,
  created_at          timestamptz NOT NULL DEFAULT now(),
  updated_at          timestamptz NOT NULL DEFAULT now(),
  CHECK (reserved <= on_hand + backorder_limit),
  CHECK (NOT is_ended OR (on_hand = 0 AND reserved = 0 AND backorder_limit = 0))
) WITH (fillfactor = 50);

CREATE INDEX stock_by_owner ON stock (owner, product_id) WHERE NOT is_ended;

-- The products of which no more units are available than "low_stock_threshold". A partial index of "stock" would have to contain its counters.
CREATE TABLE low_stock (
  product_id uuid PRIMARY KEY REFERENCES stock ON DELETE CASCADE,
  owner      text NOT NULL
);

CREATE INDEX low_stock_by_owner ON low_stock (owner, product_id);

-- Every change of the counters of "stock", which are the sums of its rows; insert-only. The entries of a product are numbered in the order of their
-- commits, because its row in "stock" is locked. There are no foreign keys: each entry would lock the rows that it refers to.
CREATE TABLE stock_ledger (
  entry_id       bigint GENERATED ALWAYS AS IDENTITY,
  product_id     uuid NOT NULL,
  cause          text NOT NULL,
  delta_on_hand  integer NOT NULL,
  delta_reserved integer NOT NULL,
  order_id       uuid,
  reservation_id uuid,
  reason         text,
  actor          text NOT NULL,
  occurred_at    timestamptz NOT NULL,
  PRIMARY KEY (product_id, entry_id)
) WITH (autovacuum_vacuum_insert_scale_factor = 0.5);

-- No change of an order's status counts twice. Repairs can.
CREATE UNIQUE INDEX stock_ledger_by_order
  ON stock_ledger (order_id, product_id, cause, (CASE WHEN cause = 'drift_repaired' THEN entry_id ELSE 0 END)) WHERE order_id IS NOT NULL;

-- Units that are reserved for a limited time, until an order takes them over.
CREATE TABLE reservations (
  reservation_id uuid PRIMARY KEY,
  owner          text NOT NULL,
  status         text NOT NULL CHECK (status IN ('active', 'converted', 'released', 'expired')),
  expires_at     timestamptz NOT NULL,
  order_id       uuid,  -- that took it over
  version        integer NOT NULL DEFAULT 1,
  created_at     timestamptz NOT NULL DEFAULT now(),
  updated_at     timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX reservations_by_owner ON reservations (owner, reservation_id);
CREATE INDEX reservations_active ON reservations (owner, reservation_id) WHERE status = 'active';
CREATE INDEX reservations_due ON reservations (expires_at) WHERE status = 'active';

CREATE TABLE reservation_items (
  reservation_id uuid NOT NULL REFERENCES reservations ON DELETE CASCADE,
  product_id     uuid NOT NULL,
  quantity       integer NOT NULL CHECK (quantity > 0),
  is_stock_kept  boolean NOT NULL,  -- whether the product had stock when it was reserved; otherwise nothing is held
  PRIMARY KEY (reservation_id, product_id)
);
