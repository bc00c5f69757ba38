import { text } from 'express';
import { z } from 'zod';
import { callerOf } from '../../shared/auth/require-scope';
import { inexactNumber } from '../../shared/contracts/exact-numbers';
import { problem } from '../../shared/contracts/problem';
import { orderResource } from '../../shared/contracts/order-resource';
import { AppError } from '../../shared/errors';
import { problemOf } from '../../shared/http/error-handler';
import { unfitJson } from '../../shared/http/json-body';
import { jsonFault } from '../../shared/http/json-safety';
import { operation, type Operation } from '../../shared/http/operation';
import { parseInput } from '../../shared/http/validate';
import { type Logger } from '../../shared/observability/logger';
import { originOf } from '../../shared/observability/origin';
import { placeOrder } from '../services/orders/place-order';
import { type OrderOperationsDependencies } from './order-operations';
import { EXAMPLE_ORDER, EXAMPLE_ORDER_BODY } from './order-examples';
import { IDEMPOTENCY_KEY_PATTERN, idempotencyKey } from './idempotency-key';
import { idempotencyHeaders, ORDERS_TAG } from './order-parameters';
import { createOrderBody, orderLine } from './order-schemas';
import { submissionGuards } from './submission-guard';

const NDJSON = 'application/x-ndjson';
const MAX_LINES = 1_000;
const MAX_LINE_BYTES = 100 * 1_024;
/** How many orders of one request are placed at a time. */
const CONCURRENCY = 8;

const bulkResult = z
  .object({
    line: z.int().min(1),
    status: z.int(),
    replayed: z.boolean().optional(),
    order: orderResource.optional(),
    problem: problem.optional(),
  })
  .meta({ id: 'BulkResult' });
type BulkResult = z.infer<typeof bulkResult>;

export interface BulkDependencies extends OrderOperationsDependencies {
  logger: Logger;
}

/** `POST /orders/bulk`. */
export function bulkOperation(deps: BulkDependencies): Operation {
  const example = { line: 1, status: 201, replayed: false, order: EXAMPLE_ORDER };
  return operation({
    id: 'placeOrders',
    method: 'post',
    path: '/orders/bulk',
    tag: ORDERS_TAG,
    summary: 'Place up to 1000 orders',
    description:
      'One order a line (NDJSON), each on its own: a line that is refused does not touch the others. A line is idempotent by its ' +
      'member `idempotency_key`, else by the Idempotency-Key of the request and the number of the line, else by its content, as ' +
      'a single order is; so two lines that are the same and have no key are one order. The answer has a line for each line, in ' +
      'order. Empty lines are passed over.',
    access: 'order:create',
    headers: idempotencyHeaders,
    rawBody: {
      parsers: [text({ type: NDJSON, limit: '5mb' })],
      content: {
        [NDJSON]: {
          schema: orderLine,
          example: { ...EXAMPLE_ORDER_BODY, idempotency_key: 'order-4711' },
        },
      },
    },
    answers: {
      200: {
        description: 'NDJSON: a result for each line',
        content: {
          [NDJSON]: { schema: bulkResult, example },
        },
      },
    },
    problems: ['validation_failed', 'invalid_idempotency_key', 'payload_too_large', 'unsupported_media_type'],
    async handle({ request, response }) {
      const lines = numberedLines(request.body);
      const place = placer(deps, callerOf(request).clientId, idempotencyKey(request), request.originalUrl);
      const results = await inParallel(lines, place);
      response.type(NDJSON).send(results.map((result) => `${JSON.stringify(result)}\n`).join(''));
    },
  });
}

interface Line {
  number: number;
  text: string;
}

/** @throws AppError before anything is executed, when there are no lines, or too many. */
function numberedLines(body: unknown): Line[] {
  if (typeof body !== 'string')
    throw new AppError('unsupported_media_type', `send the orders as Content-Type: ${NDJSON}`);
  const lines = body
    .split('\n')
    .map((line, index) => ({ number: index + 1, text: line.trim() }))
    .filter(({ text: line }) => line !== '');
  if (lines.length > 0 && lines.length <= MAX_LINES) return lines;
  const message = `must have 1 to ${MAX_LINES} lines`;
  throw new AppError('invalid_input', `the body ${message}`, { errors: [{ path: '', message }] });
}

/** Places the order of a line; what is wrong with it is its result. */
function placer(deps: BulkDependencies, clientId: string, requestKey: string | null, instance: string) {
  const guardOf = submissionGuards(deps.duplicateWindowSeconds);
  return async ({ number, text: line }: Line): Promise<BulkResult> => {
    try {
      const { key, body } = parsedLine(line);
      const sent = { key: key ?? (requestKey === null ? null : `${requestKey}:${number}`), body };
      const order = parseInput(createOrderBody, body, 'the line is not valid');
      const guard = guardOf(sent, order);
      const placed = await placeOrder(deps, order.order, guard, originOf(clientId));
      const resource = JSON.parse(placed.body) as z.infer<typeof orderResource>;
      return { line: number, status: placed.status, replayed: placed.replayed, order: resource };
    } catch (error) {
      const found = problemOf(error, instance, deps.logger);
      return { line: number, status: found.status, problem: found };
    }
  };
}

/** A line without its key, so that it is the same order as when it is sent alone under that key. */
function parsedLine(line: string): { key: string | null; body: unknown } {
  if (Buffer.byteLength(line) > MAX_LINE_BYTES)
    throw new AppError('payload_too_large', 'the line is larger than 100 kB');
  const value = parsedJson(line);
  const fault = jsonFault(value) ?? inexactNumber(line);
  if (fault) throw unfitJson(fault);
  if (typeof value !== 'object' || value === null || !('idempotency_key' in value))
    return { key: null, body: value };
  const { idempotency_key: key, ...body } = value;
  if (typeof key === 'string' && IDEMPOTENCY_KEY_PATTERN.test(key)) return { key, body };
  const message = 'must be 1 to 255 visible ASCII characters';
  throw new AppError('invalid_input', `idempotency_key ${message}`, {
    code: 'invalid_idempotency_key',
    errors: [{ path: 'idempotency_key', message }],
  });
}

function parsedJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (cause) {
    throw new AppError('invalid_input', 'the line is not valid JSON', { code: 'malformed_json', cause });
  }
}

/** A few at a time; the results in the order of the lines. */
async function inParallel(
  lines: readonly Line[],
  place: (line: Line) => Promise<BulkResult>,
): Promise<BulkResult[]> {
  const results: BulkResult[] = [];
  const waiting = lines.entries();
  const worker = async (): Promise<void> => {
    for (const [index, line] of waiting) results[index] = await place(line);
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
  return results;
}
