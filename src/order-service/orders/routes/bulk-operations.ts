import { INVALID_IDEMPOTENCY_KEY } from '../../../shared/idempotency/idempotency-records';
import {
  MALFORMED_JSON,
  PAYLOAD_TOO_LARGE,
  problem,
  UNSUPPORTED_MEDIA_TYPE,
  VALIDATION_FAILED,
} from '../../../shared/contracts/problem';
import { type Request, type Response } from 'express';
import { callerOf } from '../../../shared/auth/authenticate';
import { z } from 'zod';
import { EXAMPLE_ORDER, EXAMPLE_ORDER_BODY, orderResource } from '../../../shared/contracts/order-resource';
import { bodyBudget } from '../../../shared/http/body-budget';
import { bodyReader } from '../../../shared/http/request-body';
import { operation, type Operation } from '../../../shared/http/operation';
import { type SpendQuota } from '../../../shared/http/rate-limit';
import { resultsInOrder, streamResponse } from '../../../shared/http/stream-response';
import { createTaskQueue, type TaskQueue } from '../../../shared/runtime/task-queue';
import { bulkLines, bulkPlacement } from './bulk-lines';
import { type OrderOperationsDependencies } from './order-operations';
import { idempotencyHeaders } from '../../../shared/idempotency/idempotency-key';
import { orderLine, ORDERS_TAG } from './order-schemas';

const NDJSON = 'application/x-ndjson';
/** The same format under the name that the IETF draft proposes. */
const NDJSON_TYPES = [NDJSON, 'application/ndjson'];
const MAX_BYTES = 5 * 1024 * 1024;
/** How many orders are placed at a time, per request and for all bulk requests of this process. */
const LINES_IN_FLIGHT = 16;
const ALL_LINES_IN_FLIGHT = 32;

const bulkResult = z
  .object({
    line: z.int().min(1),
    status: z.int(),
    replayed: z.boolean().optional(),
    order: orderResource.optional(),
    problem: problem.optional(),
  })
  .meta({ id: 'BulkResult' });

export interface BulkDependencies extends OrderOperationsDependencies {
  spendQuota: SpendQuota;
}

/** `POST /orders/bulk`. */
export function bulkOperation(deps: BulkDependencies): Operation {
  const example = { ...EXAMPLE_ORDER_BODY, idempotency_key: 'order-4711' };
  const enqueue = createTaskQueue(ALL_LINES_IN_FLIGHT);
  return operation({
    id: 'placeOrders',
    method: 'post',
    path: '/orders/bulk',
    tag: ORDERS_TAG,
    summary: 'Place up to 1000 orders',
    description:
      'One order per line (NDJSON, at most 5 MB, 100 kB per line). Each line is processed separately: a refused line does not affect the ' +
      'others. A line is idempotent by its member `idempotency_key`, else by the Idempotency-Key of the request and the line number, ' +
      'else by its content, like a single order. Equal lines of one request are different orders; the k-th of them is a repeat of the ' +
      'k-th in an earlier request. Lines reserve stock in their order. The response is a stream with one result per line, in order. Empty lines are skipped. Each line ' +
      'counts against the quota; when the quota does not cover all lines, the request is refused with 429 and nothing is executed. ' +
      'When the caller disconnects, no further lines are executed: repeat the request with the same keys.',
    access: 'order:create',
    headers: idempotencyHeaders,
    rawBody: {
      parsers: [
        bodyBudget({ maxBytes: MAX_BYTES, perClientBytes: 2 * MAX_BYTES, totalBytes: 6 * MAX_BYTES }),
        bodyReader({ types: NDJSON_TYPES, maxBytes: MAX_BYTES }),
      ],
      content: Object.fromEntries(NDJSON_TYPES.map((type) => [type, { schema: orderLine, example }])),
    },
    responses: {
      200: {
        description: 'NDJSON: one result per line',
        content: {
          [NDJSON]: {
            schema: bulkResult,
            example: { line: 1, status: 201, replayed: false, order: EXAMPLE_ORDER },
          },
        },
      },
    },
    problems: [
      VALIDATION_FAILED,
      MALFORMED_JSON,
      INVALID_IDEMPOTENCY_KEY,
      PAYLOAD_TOO_LARGE,
      UNSUPPORTED_MEDIA_TYPE,
    ],
    handle: ({ request, response }) => placeLines(deps, enqueue, request, response),
  });
}

async function placeLines(
  deps: BulkDependencies,
  enqueue: TaskQueue,
  request: Request,
  response: Response,
): Promise<void> {
  const lines = await bulkLines((request.body as Buffer | undefined) ?? Buffer.alloc(0));
  const place = bulkPlacement(deps, request);
  await deps.spendQuota(request, response, lines.length - 1);
  // An order that learns of its owner's products only while it is written would be overtaken by later lines.
  await deps.catalogue.learnOwner(callerOf(request).clientId).catch(() => undefined);
  response.set('Content-Type', `${NDJSON}; charset=utf-8`);
  await streamResponse(
    resultsInOrder(lines, LINES_IN_FLIGHT, (line) => enqueue(() => place(line))),
    response,
  );
}
