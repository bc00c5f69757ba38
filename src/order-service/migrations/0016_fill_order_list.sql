-- migrate: in batches
-- Fills the list, 50 pages of "orders" at a time. Orders that are placed or changed meanwhile are in the event feed.
WITH page AS MATERIALIZED (
  SELECT order_id, client_id, customer_id, status, total_amount, created_at, updated_at, checked_at FROM orders
   WHERE ctid >= format('(%s,0)', $1::bigint)::tid AND ctid < format('(%s,0)', $1::bigint + 50)::tid
), listed AS (
  INSERT INTO order_list (order_id, client_id, customer_id, status, total_amount, created_at, updated_at)
  SELECT order_id, client_id, customer_id, status, total_amount, created_at, updated_at FROM page
  ON CONFLICT (order_id) DO NOTHING
), checks AS (
  INSERT INTO order_checks (order_id, checked_at)
  SELECT order_id, checked_at FROM page WHERE status NOT IN ('DELIVERED', 'RETURNED', 'CANCELLED')
  ON CONFLICT (order_id) DO NOTHING
)
SELECT CASE WHEN $1::bigint + 50 < pg_relation_size('orders') / current_setting('block_size')::int
            THEN $1::bigint + 50 END AS next;
