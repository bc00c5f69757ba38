import { z } from 'zod';
import { list } from '../../../shared/contracts/bounded';
import { customerId, productId } from '../../../shared/contracts/ids';
import { orderStatus } from '../../../shared/contracts/order-status';
import { pageParameters } from '../../../shared/contracts/page';
import { timestamp } from '../../../shared/contracts/timestamps';
import { ORDER_SORT_COLUMNS, type OrderFilter, type OrderSort } from '../domain/order-list';

/** The filters of lists and exports. */
export const filterQuery = {
  status: z
    .preprocess((value) => (typeof value === 'string' ? [value] : value), list(orderStatus, 1, 20))
    .optional()
    .describe('repeated for several'),
  customer_id: customerId.optional(),
  product_id: productId.optional().describe('orders with this product among their items'),
  created_from: timestamp.optional().describe('inclusive'),
  created_to: timestamp.optional().describe('exclusive'),
  updated_from: timestamp.optional().describe('inclusive'),
  updated_to: timestamp.optional().describe('exclusive'),
};

const sorts = ORDER_SORT_COLUMNS.flatMap((column) => [column, `-${column}`] as const);

export const listQuery = z.strictObject({
  ...filterQuery,
  sort: z.enum(sorts).default('-created_at').describe('a leading - means descending'),
  ...pageParameters,
});

type FilterQuery = z.output<z.ZodObject<typeof filterQuery>>;

export function toFilter(query: FilterQuery): OrderFilter {
  const date = (text: string | undefined): Date | undefined =>
    text === undefined ? undefined : new Date(text);
  return {
    statuses: query.status && [...new Set(query.status)].sort(),
    customerId: query.customer_id,
    productId: query.product_id,
    createdFrom: date(query.created_from),
    createdTo: date(query.created_to),
    updatedFrom: date(query.updated_from),
    updatedTo: date(query.updated_to),
  };
}

export function toSort(sort: (typeof sorts)[number]): OrderSort {
  const column = ORDER_SORT_COLUMNS.find((name) => sort.endsWith(name)) ?? 'created_at';
  return { column, descending: sort.startsWith('-') };
}
