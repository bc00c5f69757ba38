-- The lines of orders that name products of the catalogue, for the comparison of stock with orders.
CREATE VIEW order_stock_lines AS
SELECT o.order_id, i.catalogue_id AS product_id, i.quantity, i.is_stock_kept,
       CASE o.status WHEN 'PENDING_SHIPMENT' THEN 'open' WHEN 'CANCELLED' THEN 'cancelled' ELSE 'shipped' END AS state
  FROM orders o JOIN order_items i USING (order_id)
 WHERE i.catalogue_id IS NOT NULL;
