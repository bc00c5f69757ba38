-- The products of the catalogue that the lines of an order named when it was placed. There is no foreign key: each line would lock the row of
-- its product. A line is stock-kept when it has reserved stock.
ALTER TABLE order_items
  ADD COLUMN catalogue_id  uuid,
  ADD COLUMN name          text,
  ADD COLUMN is_stock_kept boolean NOT NULL DEFAULT false;
