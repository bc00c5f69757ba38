import { type Response } from 'express';
import { EXAMPLE_STOCK, stockResource, type StockResource } from '../../../shared/contracts/stock-resource';
import { PRECONDITION_FAILED, VALIDATION_FAILED } from '../../../shared/contracts/problem';
import { CACHE_HEADERS, sendCached } from '../../../shared/http/cached-response';
import {
  createOrChangeHeaders,
  ifMatchHeader,
  ifNoneMatchHeader,
} from '../../../shared/http/conditional-requests';
import { sendAnswer } from '../../../shared/http/idempotent-response';
import { jsonResponse, operation, type Operation } from '../../../shared/http/operation';
import { type AnswerOnce } from '../../../shared/idempotency/run-once';
import { type Database } from '../../../shared/postgres/queryable';
import { type ReadPool } from '../../../shared/postgres/read-pool';
import { NO_STOCK, STOCK_BELOW_RESERVED } from '../domain/problem-types';
import { type StockLevel } from '../domain/stock';
import { toStockResource } from '../domain/stock-resource';
import { changeStock, type ChangeStockDependencies, removeStock } from '../use-cases/change-stock';
import { getStock } from '../use-cases/read-stock';
import { stockListOperations } from './stock-list-operations';
import {
  expectedStock,
  OF_STOCK,
  otherStock,
  productRequest,
  STOCK_ETAG,
  stockBody,
  tagOfStock,
  toStockOrder,
} from './stock-schemas';

export interface StockOperationsDependencies {
  db: Database;
  reads: ReadPool;
}

/** The operations on the stock of products. */
export function stockOperations(deps: StockOperationsDependencies): Operation[] {
  return [getOperation(deps), putOperation(deps), removeOperation(deps), ...stockListOperations(deps)];
}

function getOperation({ db }: StockOperationsDependencies): Operation {
  const cached = { ...CACHE_HEADERS, ...STOCK_ETAG };
  return operation({
    ...OF_STOCK,
    id: 'getStock',
    method: 'get',
    summary: 'Read the stock of a product',
    description:
      'A product of another client is answered with 404, and so is one that is not stock-kept. Units that orders and reservations hold are ' +
      'reserved; the others are available.',
    access: 'order:read',
    headers: ifNoneMatchHeader,
    responses: {
      200: jsonResponse('the stock', stockResource, EXAMPLE_STOCK, cached),
      304: { description: 'the caller already has this version', headers: cached },
    },
    problems: [NO_STOCK],
    async handle({ params, owner, visibleOwner, request, response }) {
      const stock = toStockResource(await getStock(db, productRequest(params, owner, visibleOwner)));
      sendCached(request, response, stock, tagOfStock(stock));
    },
  });
}

const render: ChangeStockDependencies['render'] = (level, isNew) => ({
  status: isNew ? 201 : 200,
  body: JSON.stringify(toStockResource(level)),
});

function putOperation({ db }: StockOperationsDependencies): Operation {
  const created = { ...EXAMPLE_STOCK, reserved: 0, available: EXAMPLE_STOCK.on_hand, version: 1 };
  return operation({
    ...OF_STOCK,
    id: 'changeStock',
    method: 'put',
    summary: 'Set or adjust the stock of a product',
    description:
      '`on_hand` sets the number of units, for example after counting them; the first time it makes the product stock-kept. `adjust` adds ' +
      'units, or takes them away, whatever their number is meanwhile. Fewer units than are reserved, beyond `backorder_limit`, are refused. ' +
      'Settings that are absent stay as they are. Orders change the version too: with `If-Match`, a request can fail again and again while a ' +
      'product sells. With `If-None-Match: *`, only the stock of a product that is not stock-kept yet is set.',
    access: 'stock:manage',
    idempotent: true,
    headers: createOrChangeHeaders,
    body: stockBody,
    bodyExample: { on_hand: 5, low_stock_threshold: 2 },
    responses: {
      200: jsonResponse('the stock', stockResource, EXAMPLE_STOCK, STOCK_ETAG),
      201: jsonResponse('the stock of a product that had none', stockResource, created, STOCK_ETAG),
    },
    problems: [NO_STOCK, STOCK_BELOW_RESERVED, PRECONDITION_FAILED],
    async handle({ params, body, owner, visibleOwner, origin, idempotency, request, response }) {
      const [isExpected, isOther] = [expectedStock(request), otherStock(request)];
      const change = {
        ...productRequest(params, owner, visibleOwner),
        expected: (level: StockLevel | null) => isExpected(level) && isOther(level),
        origin,
        order: toStockOrder(body),
      };
      sendStock(response, await changeStock({ db, render }, change, idempotency));
    },
  });
}

function sendStock(response: Response, answer: AnswerOnce): void {
  response.set('ETag', tagOfStock(JSON.parse(answer.body) as StockResource));
  sendAnswer(response, answer);
}

function removeOperation({ db }: StockOperationsDependencies): Operation {
  return operation({
    ...OF_STOCK,
    id: 'removeStock',
    method: 'delete',
    summary: 'End the stock keeping of a product',
    description:
      'Any quantity of the product can be ordered then. Refused while units are reserved. The ledger stays; its last entry, `removed`, takes the ' +
      'units on hand out.',
    access: 'stock:manage',
    headers: ifMatchHeader,
    responses: { 204: { description: 'the product is not stock-kept any more' } },
    problems: [NO_STOCK, STOCK_BELOW_RESERVED, PRECONDITION_FAILED, VALIDATION_FAILED],
    async handle({ params, owner, visibleOwner, origin, request, response }) {
      const removal = {
        ...productRequest(params, owner, visibleOwner),
        expected: expectedStock(request),
        origin,
      };
      await removeStock(db, removal);
      response.status(204).end();
    },
  });
}
