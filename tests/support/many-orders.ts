import { copyFileSync, mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Client } from 'pg';
import { ORDER_MIGRATIONS } from '../../src/order-service/migrations';
import { CURRENCY_CODES } from '../../src/shared/contracts/money';

const ORDERS = 200_000;
/** Number of the oldest orders, which have the clustered product, customer and status. */
const FIRST = 4_000;

/** One large client: many customers, one of them large; every product in a few orders; one order of each currency beside it. */
export async function loadOrders(db: Client): Promise<void> {
  await db.query(`SET synchronous_commit = off`);
  await db.query(`
    INSERT INTO orders (order_id, client_id, customer_id, currency, total_minor, status, version, metadata, created_at, updated_at, checked_at)
    SELECT gen_random_uuid(), 'demo-client',
           'customer-' || CASE WHEN n <= ${FIRST} THEN 'first' WHEN n % 3 = 0 THEN '0' ELSE (n % 1000)::text END, 'USD', 100 + (n * 7919) % 100000,
           CASE WHEN n <= ${FIRST} THEN 'CANCELLED' WHEN n % 5000 = 1 THEN 'RETURNED'
                ELSE (ARRAY['SHIPPED', 'IN_TRANSIT', 'DELIVERED'])[1 + n % 3] END,
           1, '{}', t, t + make_interval(hours => n % 50), t
      FROM generate_series(1, ${ORDERS}) n, LATERAL (SELECT timestamptz '2026-01-01' + make_interval(secs => n * 78)) AS at (t)`);
  await db.query(`
    INSERT INTO order_items (order_id, line, product_id, quantity, unit_price_minor)
    SELECT order_id, 1, 'product-' || (row_number() OVER ()) % 2000, 1, total_minor FROM orders`);
  await db.query(`
    INSERT INTO order_items (order_id, line, product_id, quantity, unit_price_minor)
    SELECT order_id, line, CASE WHEN customer_id = 'customer-first' THEN 'product-first' ELSE 'product-common' END, 1, total_minor
      FROM orders CROSS JOIN generate_series(2, 3) AS line WHERE customer_id IN ('customer-first', 'customer-0', 'customer-77')`);
  await db.query(
    `INSERT INTO clients (client_id, secret_hash, scopes) VALUES ('demo-client', '-', '{}'), ('demo-other', '-', '{}')`,
  );
  await db.query(
    `INSERT INTO orders (order_id, client_id, customer_id, currency, total_minor, status, version, metadata, created_at, updated_at, checked_at)
     SELECT gen_random_uuid(), 'demo-other', 'x', c, 1000, 'DELIVERED', 1, '{}', now(), now(), now() FROM unnest($1::text[]) c`,
    [CURRENCY_CODES],
  );
  await db.query(`
    INSERT INTO order_items (order_id, line, product_id, quantity, unit_price_minor)
    SELECT order_id, 1, 'product-other', 1, total_minor FROM orders WHERE client_id = 'demo-other'`);
}

/** Creates a folder with the first migrations. */
export function firstMigrations(count: number): string {
  const folder = mkdtempSync(join(tmpdir(), 'migrations-'));
  for (const file of readdirSync(ORDER_MIGRATIONS)
    .filter((name) => name.endsWith('.sql'))
    .sort()
    .slice(0, count)) {
    copyFileSync(join(ORDER_MIGRATIONS, file), join(folder, file));
  }
  return folder;
}
