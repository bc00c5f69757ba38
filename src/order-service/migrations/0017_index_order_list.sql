-- An order whose row moved to another page during the backfill, without an event, is in neither. Nothing reads the list yet.
INSERT INTO order_list (order_id, client_id, customer_id, status, total_amount, created_at, updated_at)
SELECT order_id, client_id, customer_id, status, total_amount, created_at, updated_at FROM orders o
 WHERE NOT EXISTS (SELECT FROM order_list l WHERE l.order_id = o.order_id)
ON CONFLICT (order_id) DO NOTHING;

INSERT INTO order_checks (order_id, checked_at)
SELECT order_id, checked_at FROM orders o
 WHERE status NOT IN ('DELIVERED', 'RETURNED', 'CANCELLED') AND NOT EXISTS (SELECT FROM order_checks c WHERE c.order_id = o.order_id)
ON CONFLICT (order_id) DO NOTHING;

-- One index for each sort of a client's orders, alone and behind each filter that can leave few of many. Operators' lists are
-- merged from those of the clients.
CREATE INDEX order_list_by_created          ON order_list (client_id, created_at, order_id);
CREATE INDEX order_list_by_updated          ON order_list (client_id, updated_at, order_id);
CREATE INDEX order_list_by_amount           ON order_list (client_id, total_amount, order_id);
CREATE INDEX order_list_by_status_created   ON order_list (client_id, status, created_at, order_id);
CREATE INDEX order_list_by_status_updated   ON order_list (client_id, status, updated_at, order_id);
CREATE INDEX order_list_by_status_amount    ON order_list (client_id, status, total_amount, order_id);
CREATE INDEX order_list_by_customer_created ON order_list (client_id, customer_id, created_at, order_id);
CREATE INDEX order_list_by_customer_updated ON order_list (client_id, customer_id, updated_at, order_id);
CREATE INDEX order_list_by_customer_amount  ON order_list (client_id, customer_id, total_amount, order_id);
