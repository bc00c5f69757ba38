import { z } from 'zod';
import { pageParameters } from '../../../shared/contracts/lists';
import { INVALID_CURSOR, TOO_MANY_READS } from '../../../shared/contracts/problem';
import { EXAMPLE_STOCK } from '../../../shared/contracts/stock-resource';
import { CACHE_HEADERS, sendCached } from '../../../shared/http/cached-response';
import { untilClientDisconnects } from '../../../shared/http/client-disconnect';
import { ifNoneMatchHeader } from '../../../shared/http/conditional-requests';
import { jsonResponse, operation, type Operation } from '../../../shared/http/operation';
import { type Queryable } from '../../../shared/postgres/queryable';
import { type ReadPool } from '../../../shared/postgres/read-pool';
import { toStockResource } from '../domain/stock-resource';
import { listLedger, listStock } from '../use-cases/read-stock';
import {
  EXAMPLE_LEDGER_ENTRY,
  ledgerList,
  OF_STOCK,
  productRequest,
  STOCK_TAG,
  stockList,
  toLedgerResource,
} from './stock-schemas';

interface StockListDependencies {
  db: Queryable;
  reads: ReadPool;
}

/** The list of all stock, and the ledger of a product. */
export function stockListOperations(deps: StockListDependencies): Operation[] {
  return [listOperation(deps), ledgerOperation(deps)];
}

function listOperation({ reads }: StockListDependencies): Operation {
  return operation({
    id: 'listStock',
    method: 'get',
    path: '/stock',
    tag: STOCK_TAG,
    summary: 'List stock',
    description:
      'The stock of the products of the calling client that are stock-kept, in the order of their creation; operators see all. Products that ' +
      'are not in the list can be ordered in any quantity.',
    access: 'order:read',
    headers: ifNoneMatchHeader,
    query: z.strictObject({
      low: z
        .enum(['true', 'false'])
        .optional()
        .describe('true: only products of which no more units than `low_stock_threshold` are available'),
      ...pageParameters,
    }),
    responses: {
      200: jsonResponse(
        'a page of stock',
        stockList,
        { data: [EXAMPLE_STOCK], next_cursor: null },
        CACHE_HEADERS,
      ),
      304: { description: 'the caller already has this response', headers: CACHE_HEADERS },
    },
    problems: [INVALID_CURSOR, TOO_MANY_READS],
    async handle({ query, page, caller, visibleOwner, request, response }) {
      const list = { owner: visibleOwner, isLow: query.low === 'true', page };
      await untilClientDisconnects(response, async (signal) => {
        const { rows, nextCursor } = await listStock(reads, list, { clientId: caller.clientId, signal });
        const body = { data: rows.map(toStockResource), next_cursor: nextCursor };
        sendCached(request, response, body);
      });
    },
  });
}

function ledgerOperation({ db }: StockListDependencies): Operation {
  return operation({
    ...OF_STOCK,
    id: 'listStockLedger',
    method: 'get',
    path: '/products/{product}/stock/ledger',
    summary: 'List the changes of the stock of a product',
    description:
      'Every change of `on_hand` and `reserved` with its cause, newest first. The counters are the sum of all entries. The ledger stays when ' +
      'stock keeping ends.',
    access: 'stock:manage',
    query: z.strictObject(pageParameters),
    responses: {
      200: jsonResponse('a page of entries', ledgerList, { data: [EXAMPLE_LEDGER_ENTRY], next_cursor: null }),
    },
    problems: [INVALID_CURSOR],
    async handle({ params, page, owner, visibleOwner, response }) {
      const product = productRequest(params, owner, visibleOwner);
      const { rows, nextCursor } = await listLedger(db, product, page);
      response.json({ data: rows.map(toLedgerResource), next_cursor: nextCursor });
    },
  });
}
