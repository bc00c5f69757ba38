-- The products of the catalogue that the lines of an order named when it was placed. There is no foreign key: each line would lock the row of
-- its product.
ALTER TABLE order_items
  ADD COLUMN catalogue_id uuid,
  ADD COLUMN name         text;
