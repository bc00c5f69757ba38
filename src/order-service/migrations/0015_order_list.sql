-- Lists read a table of their own, which follows the event feed. A change of an order's status then rewrites none of the indexes of "orders".
CREATE TABLE order_list (
  order_id     uuid PRIMARY KEY,
  client_id    text NOT NULL,
  customer_id  text NOT NULL,
  status       text NOT NULL,
  total_amount numeric NOT NULL,
  created_at   timestamptz NOT NULL,
  updated_at   timestamptz NOT NULL
);

-- When each open order was last found to have changed, or was last compared with its shipment.
CREATE TABLE order_checks (
  order_id   uuid PRIMARY KEY,
  checked_at timestamptz NOT NULL
);

CREATE INDEX order_checks_by_time ON order_checks (checked_at);

-- The position in the event feed up to which both tables are complete: one row. Later events are applied in addition to the backfill.
CREATE TABLE order_list_head (
  is_only  boolean PRIMARY KEY DEFAULT true CHECK (is_only),
  position bigint NOT NULL
);

INSERT INTO order_list_head (position) SELECT position FROM event_feed_steps ORDER BY step DESC LIMIT 1;

-- The previous version writes the column until the next release removes it.
ALTER TABLE orders ALTER COLUMN checked_at SET DEFAULT now();

-- Room on each page for the changes of its orders, so that they are heap-only updates.
ALTER TABLE orders SET (fillfactor = 60);
