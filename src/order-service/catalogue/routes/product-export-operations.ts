import { type Response } from 'express';
import { z } from 'zod';
import { EXAMPLE_PRODUCT, productResource } from '../../../shared/contracts/product-resource';
import { TOO_MANY_READS } from '../../../shared/contracts/problem';
import { untilClientDisconnects } from '../../../shared/http/client-disconnect';
import { operation, type Operation } from '../../../shared/http/operation';
import { streamResponse } from '../../../shared/http/stream-response';
import { type Product } from '../domain/product';
import { toProductResource } from '../domain/product-resource';
import { exportProducts, type ExportProductsDependencies } from '../use-cases/export-products';
import { CSV_EXAMPLE, toCsv } from './product-csv';
import { filterQuery, listedOwner, toFilter } from './product-list-operations';
import { PRODUCTS_TAG } from './product-schemas';

interface Format {
  contentType: string;
  extension: string;
  /** The text of a page. */
  render: (products: readonly Product[], isFirst: boolean) => string;
}

const FORMATS: Record<'ndjson' | 'csv', Format> = {
  ndjson: {
    contentType: 'application/x-ndjson',
    extension: 'ndjson',
    render: (products) =>
      products.map((product) => `${JSON.stringify(toProductResource(product))}\n`).join(''),
  },
  csv: { contentType: 'text/csv; charset=utf-8', extension: 'csv', render: toCsv },
};

/** `GET /products/export`. */
export function productExportOperation(deps: ExportProductsDependencies): Operation {
  return operation({
    id: 'exportProducts',
    method: 'get',
    path: '/products/export',
    tag: PRODUCTS_TAG,
    summary: 'Export products',
    description:
      'All products that match the filters, newest first, as a stream: one JSON object per line, or CSV. Both can be imported again. In CSV the ' +
      'attributes are JSON in one column, and every line of a text that begins like a formula, or with an apostrophe, is prefixed with an ' +
      'apostrophe, which the import removes. After an error the connection is closed before the end of the response, so that a truncated file ' +
      'is not mistaken for a complete one.',
    access: 'order:read',
    query: z.strictObject({ ...filterQuery, format: z.enum(['ndjson', 'csv']).default('ndjson') }),
    responses: {
      200: {
        description: 'the products; for NDJSON, the schema describes one line',
        content: {
          'application/x-ndjson': { schema: productResource, example: EXAMPLE_PRODUCT },
          'text/csv': { schema: z.string(), example: CSV_EXAMPLE },
        },
        headers: { 'Content-Disposition': 'the file name' },
      },
    },
    problems: [TOO_MANY_READS],
    async handle({ query, caller, visibleOwner, response }) {
      const owner = listedOwner(query, visibleOwner);
      await untilClientDisconnects(response, (signal) => {
        const reader = { clientId: caller.clientId, signal };
        return deps.reads.stream(reader, () =>
          answer(response, FORMATS[query.format], exportProducts(deps, owner, toFilter(query), reader)),
        );
      });
    },
  });
}

/** Reads the first page before the response begins: an error until then is a problem response, not a cut connection. */
async function answer(
  response: Response,
  { contentType, extension, render }: Format,
  pages: AsyncGenerator<Product[]>,
): Promise<void> {
  const first = await pages.next();
  response.set('Content-Type', contentType);
  response.set('Content-Disposition', `attachment; filename="products.${extension}"`);
  await streamResponse(texts(first, pages, render), response);
}

async function* texts(
  first: IteratorResult<Product[]>,
  rest: AsyncGenerator<Product[]>,
  render: Format['render'],
): AsyncGenerator<string> {
  yield render(first.done ? [] : first.value, true);
  for await (const page of rest) yield render(page, false);
}
