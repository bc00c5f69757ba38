import { type Queryable } from '../../shared/postgres/queryable';
import {
  type ListPosition,
  type OrderFilter,
  type OrderListRequest,
  type OrderSort,
} from '../domain/order-list';
import { type Order } from '../domain/order';
import { ORDER_COLUMNS, toOrder, type OrderRow } from './order-store';

export interface ListedOrder {
  order: Order;
  position: ListPosition;
}

/** A page of the orders that a client may see (null: every client's), in the order asked for. */
export async function listOrders(
  db: Queryable,
  request: OrderListRequest,
  clientId: string | null,
): Promise<ListedOrder[]> {
  const { text, values } = listStatement(request, clientId);
  const { rows } = await db.query<OrderRow & { sort_value: string }>(text, values);
  return rows.map((row) => ({
    order: toOrder(row),
    position: { value: row.sort_value, orderId: row.order_id },
  }));
}

/**
 * The statement of a page. Every client and every status is a branch of its own, so that each is a short range of one index that
 * has the order asked for already; what the branches found is merged. Exported for the test that reads its plan.
 */
export function listStatement(
  { filter, sort, after, limit }: OrderListRequest,
  clientId: string | null,
): { text: string; values: unknown[] } {
  const values: unknown[] = [];
  const value = (given: unknown): string => `$${values.push(given)}`;
  const direction = sort.descending ? 'DESC' : 'ASC';
  const clients =
    clientId === null ? 'SELECT client_id FROM clients' : `SELECT ${value(clientId)}::text AS client_id`;
  const statuses = filter.statuses
    ? `CROSS JOIN unnest(${value([...new Set(filter.statuses)])}::text[]) AS s (status)`
    : '';
  const conditions = [
    'o.client_id = c.client_id',
    ...(filter.statuses ? ['o.status = s.status'] : []),
    ...filterConditions(filter, value),
    ...(after ? [afterCondition(sort, after, value)] : []),
  ];
  const text = `
    WITH page AS (
      SELECT found.order_id, found.${sort.column} AS sort_key
        FROM (${clients}) AS c ${statuses}
       CROSS JOIN LATERAL (
             SELECT o.order_id, o.${sort.column} FROM orders o
              WHERE ${conditions.join(' AND ')}
              ORDER BY o.${sort.column} ${direction}, o.order_id ${direction}
              LIMIT ${value(limit)}::int) AS found
       ORDER BY found.${sort.column} ${direction}, found.order_id ${direction}
       LIMIT ${value(limit)}::int)
    SELECT ${ORDER_COLUMNS}, ${sortValue(sort)} AS sort_value
      FROM page JOIN orders o ON o.order_id = page.order_id
     ORDER BY page.sort_key ${direction}, page.order_id ${direction}`;
  return { text, values };
}

/** As text that says the whole value: a JSON number could not carry every amount. */
const sortValue = ({ column }: OrderSort): string =>
  column === 'total_amount'
    ? 'page.sort_key::text'
    : `to_char(page.sort_key AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

function filterConditions(filter: OrderFilter, value: (given: unknown) => string): string[] {
  const { customerId, productId, createdFrom, createdTo, updatedFrom, updatedTo } = filter;
  return [
    ...(customerId === undefined ? [] : [`o.customer_id = ${value(customerId)}`]),
    ...(productId === undefined
      ? []
      : [
          `EXISTS (SELECT 1 FROM order_items i WHERE i.order_id = o.order_id AND i.product_id = ${value(productId)})`,
        ]),
    ...(createdFrom ? [`o.created_at >= ${value(createdFrom)}`] : []),
    ...(createdTo ? [`o.created_at < ${value(createdTo)}`] : []),
    ...(updatedFrom ? [`o.updated_at >= ${value(updatedFrom)}`] : []),
    ...(updatedTo ? [`o.updated_at < ${value(updatedTo)}`] : []),
  ];
}

function afterCondition(
  { column, descending }: OrderSort,
  after: ListPosition,
  value: (given: unknown) => string,
): string {
  const type = column === 'total_amount' ? 'numeric' : 'timestamptz';
  const bound = `(${value(after.value)}::${type}, ${value(after.orderId)}::uuid)`;
  return `(o.${column}, o.order_id) ${descending ? '<' : '>'} ${bound}`;
}
