-- The products of the catalogue that the lines of an order named when it was placed. There is no foreign key: each line would lock the row of
-- its product.
ALTER TABLE order_items
  ADD COLUMN catalogue_id uuid,
  ADD COLUMN name         text;

-- Whether the order has reserved stock. False for orders of the previous version, which keeps no stock.
ALTER TABLE orders ADD COLUMN is_stock_kept boolean NOT NULL DEFAULT false;
