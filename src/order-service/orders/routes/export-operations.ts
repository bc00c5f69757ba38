import { TOO_MANY_READS } from '../../../shared/contracts/problem';
import { type Response } from 'express';
import { z } from 'zod';
import { EXAMPLE_ORDER, orderResource } from '../../../shared/contracts/order-resource';
import { untilClientDisconnects } from '../../../shared/http/client-disconnect';
import { operation, type Operation } from '../../../shared/http/operation';
import { streamResponse } from '../../../shared/http/stream-response';
import { type ReadPool } from '../../../shared/postgres/read-pool';
import { type Order } from '../domain/order';
import { toOrderResource } from '../domain/order-resource';
import { exportOrders } from '../use-cases/export-orders';
import { CSV_EXAMPLE, toCsv } from './order-csv';
import { ORDERS_TAG } from './order-schemas';
import { filterQuery, toFilter } from './order-list-operations';

const exportQuery = z.strictObject({ ...filterQuery, format: z.enum(['ndjson', 'csv']).default('ndjson') });

interface Format {
  contentType: string;
  extension: string;
  /** The text of a page. */
  render: (orders: readonly Order[], isFirst: boolean) => string;
}

const FORMATS: Record<'ndjson' | 'csv', Format> = {
  ndjson: {
    contentType: 'application/x-ndjson',
    extension: 'ndjson',
    render: (orders) => orders.map((order) => `${JSON.stringify(toOrderResource(order))}\n`).join(''),
  },
  csv: { contentType: 'text/csv; charset=utf-8', extension: 'csv', render: toCsv },
};

/** `GET /orders/export`. */
export function exportOperation({ reads }: { reads: ReadPool }): Operation {
  return operation({
    id: 'exportOrders',
    method: 'get',
    path: '/orders/export',
    tag: ORDERS_TAG,
    summary: 'Export orders',
    description:
      'All orders that match the filters, oldest first, as a stream: one JSON object per line, or CSV. In CSV the items are JSON in one ' +
      'column, and every line of a text that begins like a formula, or with an apostrophe, is prefixed with an apostrophe. After an ' +
      'error the connection is closed before the end of the response, so that a truncated file is not mistaken for a complete one.',
    access: 'order:read',
    query: exportQuery,
    responses: {
      200: {
        description: 'the orders; for NDJSON, the schema describes one line',
        content: {
          'application/x-ndjson': { schema: orderResource, example: EXAMPLE_ORDER },
          'text/csv': { schema: z.string(), example: CSV_EXAMPLE },
        },
        headers: { 'Content-Disposition': 'the file name' },
      },
    },
    problems: [TOO_MANY_READS],
    async handle({ query, caller, visibleOwner, response }) {
      await untilClientDisconnects(response, (signal) => {
        const reader = { clientId: caller.clientId, signal };
        return reads.stream(reader, () =>
          answer(response, FORMATS[query.format], exportOrders(reads, toFilter(query), visibleOwner, reader)),
        );
      });
    },
  });
}

/** Fetches the first page before the response begins: an error until then is a problem response, not a cut connection. */
async function answer(
  response: Response,
  { contentType, extension, render }: Format,
  pages: AsyncGenerator<Order[]>,
): Promise<void> {
  const first = await pages.next();
  response.set('Content-Type', contentType);
  response.set('Content-Disposition', `attachment; filename="orders.${extension}"`);
  await streamResponse(texts(first, pages, render), response);
}

async function* texts(
  first: IteratorResult<Order[]>,
  rest: AsyncGenerator<Order[]>,
  render: Format['render'],
): AsyncGenerator<string> {
  yield render(first.done ? [] : first.value, true);
  for await (const page of rest) yield render(page, false);
}
