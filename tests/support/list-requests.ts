import fc from 'fast-check';
import { type ListRequest } from '../../src/order-service/orders/store/order-list-conditions';
import { rowsOf } from './rows';

export const SORTS = (['created_at', 'updated_at', 'total_amount'] as const).flatMap((column) => [
  { column, descending: false },
  { column, descending: true },
]);

const maybe = <T>(...values: T[]) => fc.option(fc.constantFrom(...values), { nil: undefined });
export const day = (text: string) => new Date(`2026-${text}T00:00:00Z`);

/** Requests for lists of the orders of many-orders.ts. */
export const arbitraryRequest: fc.Arbitrary<ListRequest> = fc.record({
  filter: fc.record({
    statuses: maybe(
      ['SHIPPED'] as const,
      ['RETURNED', 'CANCELLED'] as const,
      ['DELIVERED', 'IN_TRANSIT'] as const,
    ),
    customerId: maybe('customer-0', 'customer-77', 'customer-first'),
    productId: maybe('product-common', 'product-first', 'product-77'),
    createdFrom: maybe(day('01-02'), day('06-25')),
    createdTo: maybe(day('01-03'), day('06-27')),
    updatedFrom: maybe(day('01-02'), day('06-25')),
    updatedTo: maybe(day('01-03'), day('06-27')),
  }),
  sort: fc.constantFrom(...SORTS),
  after: fc.constant(null),
  limit: fc.constantFrom(1, 21, 101),
  clientId: fc.constantFrom('demo-client', null),
});

/** The expected list, from a statement that reads everything. */
export async function sortedIds(
  url: string,
  { filter, sort, clientId }: ListRequest,
  limit: number,
): Promise<string[]> {
  const direction = sort.descending ? 'DESC' : 'ASC';
  const rows = await rowsOf<{ order_id: string }>(
    url,
    `SELECT order_id FROM orders o
      WHERE ($1::text IS NULL OR client_id = $1) AND ($2::text[] IS NULL OR status = ANY ($2)) AND ($3::text IS NULL OR customer_id = $3)
        AND ($4::text IS NULL OR order_id IN (SELECT order_id FROM order_items WHERE product_id = $4))
        AND ($5::timestamptz IS NULL OR created_at >= $5) AND ($6::timestamptz IS NULL OR created_at < $6)
        AND ($7::timestamptz IS NULL OR updated_at >= $7) AND ($8::timestamptz IS NULL OR updated_at < $8)
      ORDER BY ${sort.column} ${direction}, order_id ${direction} LIMIT ${limit}`,
    [
      clientId,
      filter.statuses,
      filter.customerId,
      filter.productId,
      filter.createdFrom,
      filter.createdTo,
      filter.updatedFrom,
      filter.updatedTo,
    ],
  );
  return rows.map(({ order_id: id }) => id);
}
