import { preparedByKey, type Transaction } from '../../../shared/postgres/queryable';
import { type OrderStock } from '../domain/settle-orders';

const ORDER_STOCK = preparedByKey(
  'stock-of-orders',
  `SELECT order_id, product_id, sum(delta_reserved)::int AS reserved,
          coalesce(-sum(delta_reserved) FILTER (WHERE cause = 'order_shipped' OR (cause = 'drift_repaired' AND delta_on_hand < 0)), 0)::int
            AS shipped,
          bool_or(cause = 'order_shipped') AS is_shipped, bool_or(cause = 'order_returned') AS is_returned
     FROM stock_ledger WHERE order_id = ANY ($1::uuid[]) GROUP BY order_id, product_id ORDER BY order_id, product_id`,
);

/** What orders hold and have shipped of each product. */
export async function readOrderStock(tx: Transaction, orderIds: readonly string[]): Promise<OrderStock[]> {
  const { rows } = await tx.query<OrderStockRow>(ORDER_STOCK, [orderIds]);
  return rows.map((row) => ({
    orderId: row.order_id,
    productId: row.product_id,
    reserved: row.reserved,
    shipped: row.shipped,
    isShipped: row.is_shipped,
    isReturned: row.is_returned,
  }));
}

interface OrderStockRow {
  order_id: string;
  product_id: string;
  reserved: number;
  shipped: number;
  is_shipped: boolean;
  is_returned: boolean;
}
