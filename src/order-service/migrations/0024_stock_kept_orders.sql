-- Whether a line of the order has reserved stock. False for orders of the previous version, which keeps no stock. A file of its own: a transaction that
-- locked "order_items" and then "orders" would deadlock with those that write orders.
ALTER TABLE orders ADD COLUMN is_stock_kept boolean NOT NULL DEFAULT false;
