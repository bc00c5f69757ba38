-- migrate: after deployment
-- The lists and the reconciler of the previous version read these indexes; each change of a status rewrites all of them.
DROP INDEX IF EXISTS orders_by_created, orders_by_updated, orders_by_amount, orders_by_status_created, orders_by_status_updated,
  orders_by_status_amount, orders_by_customer_created, orders_by_customer_updated, orders_by_customer_amount, orders_open_by_check;
