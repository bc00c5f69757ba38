import { Pool } from 'pg';
import { orderListUpdating } from '../../src/order-service/orders/use-cases/update-order-list';
import { giveFeedPositions } from '../../src/shared/event-log/event-sequencer';
import { databaseOf } from '../../src/shared/postgres/database';

/** Gives every event a position and applies it to the order list, as the running service does within a second. */
export async function catchUpOrderList(url: string): Promise<void> {
  const pool = new Pool({ connectionString: url, max: 1 });
  try {
    const db = databaseOf(pool);
    while ((await giveFeedPositions(db)) > 0);
    const update = orderListUpdating(db);
    while ((await update()) !== 'nothing');
  } finally {
    await pool.end();
  }
}

/** Lists the orders that a test inserted or changed without events. */
export async function listInsertedOrders(db: { query: (sql: string) => Promise<unknown> }): Promise<void> {
  await db.query(`
    INSERT INTO order_list (order_id, client_id, customer_id, status, total_amount, created_at, updated_at)
    SELECT order_id, client_id, customer_id, status, total_amount, created_at, updated_at FROM orders
    ON CONFLICT (order_id) DO UPDATE
       SET status = excluded.status, created_at = excluded.created_at, updated_at = excluded.updated_at`);
  await db.query(`
    INSERT INTO order_checks (order_id, checked_at)
    SELECT order_id, checked_at FROM orders WHERE status NOT IN ('DELIVERED', 'RETURNED', 'CANCELLED')
    ON CONFLICT DO NOTHING`);
}
