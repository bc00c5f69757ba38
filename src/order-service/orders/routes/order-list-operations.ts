import { type Request, type Response } from 'express';
import { z } from 'zod';
import { list, pageParameters } from '../../../shared/contracts/lists';
import { EXAMPLE_ORDER, orderList } from '../../../shared/contracts/order-resource';
import { INVALID_CURSOR, TOO_MANY_READS } from '../../../shared/contracts/problem';
import { orderStatus } from '../../../shared/contracts/status-machines';
import { customerId, productId } from '../../../shared/contracts/text';
import { timestamp } from '../../../shared/contracts/timestamps';
import { untilClientDisconnects } from '../../../shared/http/client-disconnect';
import { jsonResponse, operation, type Operation } from '../../../shared/http/operation';
import { ORDER_SORT_COLUMNS, type OrderFilter, type OrderSort } from '../domain/order-list';
import { toOrderResource } from '../domain/order-resource';
import { QUERY_TOO_BROAD } from '../domain/problem-types';
import { listOrders, type ListOrdersDependencies } from '../use-cases/list-orders';
import { ORDERS_TAG } from './order-schemas';

/** The filters of lists and exports. */
export const filterQuery = {
  status: z
    .preprocess((value) => (typeof value === 'string' ? [value] : value), list(orderStatus, 1, 20))
    .optional()
    .describe('can be repeated'),
  customer_id: customerId.optional(),
  product_id: productId.optional().describe('only orders that contain this product'),
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

/** `GET /orders`. */
export function orderListOperation(deps: ListOrdersDependencies): Operation {
  return operation({
    id: 'listOrders',
    method: 'get',
    path: '/orders',
    tag: ORDERS_TAG,
    summary: 'List orders',
    description:
      'Keyset pagination: follow `next_cursor`, or the `Link` header, until it is null. Orders that are placed meanwhile cause no order to ' +
      'be repeated or skipped. The response contains no total count. A list that covers too many orders for the time limit is refused; the ' +
      'error names the filter to add.',
    access: 'order:read',
    query: listQuery,
    responses: {
      200: jsonResponse(
        'a page of orders',
        orderList,
        { data: [EXAMPLE_ORDER], next_cursor: null },
        {
          Link: 'the first and the next page (RFC 8288)',
        },
      ),
    },
    problems: [INVALID_CURSOR, QUERY_TOO_BROAD, TOO_MANY_READS],
    async handle({ query, page, caller, visibleOwner, request, response }) {
      const list = { filter: toFilter(query), sort: toSort(query.sort), ...page };
      await untilClientDisconnects(response, async (signal) => {
        const reader = { clientId: caller.clientId, signal };
        const { rows, nextCursor } = await listOrders(deps, list, visibleOwner, reader);
        setLinks(request, response, nextCursor);
        response.json({ data: rows.map(toOrderResource), next_cursor: nextCursor });
      });
    },
  });
}

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

function toSort(sort: (typeof sorts)[number]): OrderSort {
  const column = ORDER_SORT_COLUMNS.find((name) => sort.endsWith(name)) ?? 'created_at';
  return { column, descending: sort.startsWith('-') };
}

/** Links (RFC 8288) to the first and the next page of the same list, with every other parameter as it was sent. */
function setLinks(request: Request, response: Response, nextCursor: string | null): void {
  const [, ...query] = request.originalUrl.split('?');
  const link = (rel: string, cursor: string | null): string => {
    // A value may contain question marks (RFC 3986 §3.4): only the first one begins the query.
    const parameters = new URLSearchParams(query.join('?'));
    if (cursor === null) parameters.delete('cursor');
    else parameters.set('cursor', cursor);
    const text = parameters.toString();
    return `<${request.baseUrl}/orders${text && `?${text}`}>; rel="${rel}"`;
  };
  const links = [link('first', null), ...(nextCursor === null ? [] : [link('next', nextCursor)])];
  response.set('Link', links.join(', '));
}
