import { PAYLOAD_TOO_LARGE } from '../../../shared/contracts/problem-types';
import { INVALID_IDEMPOTENCY_KEY } from '../../../shared/idempotency/problem-types';
import { type Request } from 'express';
import { callerOf } from '../../../shared/auth/require-scope';
import { type Problem } from '../../../shared/contracts/problem';
import { AppError } from '../../../shared/errors';
import { problemOf } from '../../../shared/http/error-handler';
import { MAX_JSON_BYTES, parseJson } from '../../../shared/http/json-body';
import { parseInput } from '../../../shared/http/validate';
import { originOf } from '../../../shared/event-log/origin';
import { placeOrder, type PlacedOrder } from '../use-cases/place-order';
import { type BulkLine } from './bulk-lines';
import { IDEMPOTENCY_KEY_PATTERN, idempotencyKey } from '../../../shared/idempotency/idempotency-key';
import { type OrderOperationsDependencies } from './order-operations';
import { createOrderBody } from './order-schemas';
import { submissionGuards } from './submission-guard';

/**
 * Places the order of a line of this request; what is wrong with the line is its result.
 *
 * @returns gives the line of the answer, with its line break; never rejects.
 * @throws AppError `invalid_input` when the Idempotency-Key of the request is not valid.
 */
export function bulkPlacement(
  deps: OrderOperationsDependencies,
  request: Request,
): (line: BulkLine) => Promise<string> {
  const requestKey = idempotencyKey(request);
  const origin = originOf(callerOf(request).clientId);
  const guardOf = submissionGuards(deps.duplicateWindowSeconds);
  const instance = request.originalUrl.split('?')[0] ?? '';
  return async (line) => {
    try {
      const { key, body } = parsedLine(line);
      const sent = { key: key ?? (requestKey === null ? null : `${requestKey}:${line.number}`), body };
      const order = parseInput(createOrderBody, body, 'the line is not valid');
      // Nothing is awaited up to here, so equal lines are counted in the order of the lines.
      const guard = guardOf(sent, order);
      return placedResult(line, await placeOrder(deps, order.order, guard, origin));
    } catch (error) {
      return refusedResult(line, problemOf(error, instance, deps.logger));
    }
  };
}

/** The order is JSON already; to parse it only to print it again would cost more than the rest of the line. */
function placedResult({ number }: BulkLine, { status, replayed, body }: PlacedOrder): string {
  return `{"line":${number},"status":${status},"replayed":${replayed},"order":${body}}\n`;
}

function refusedResult({ number }: BulkLine, problem: Problem): string {
  return `${JSON.stringify({ line: number, status: problem.status, problem })}\n`;
}

/** A line without its key, so that it is the same order as when it is sent alone under that key. */
function parsedLine({ bytes }: BulkLine): { key: string | null; body: unknown } {
  if (bytes.length > MAX_JSON_BYTES) throw new AppError(PAYLOAD_TOO_LARGE, 'the line is larger than 100 kB');
  const value = parseJson(bytes, 'the line');
  if (typeof value !== 'object' || value === null || !('idempotency_key' in value))
    return { key: null, body: value };
  const { idempotency_key: key, ...body } = value;
  if (typeof key === 'string' && IDEMPOTENCY_KEY_PATTERN.test(key)) return { key, body };
  const message = 'must be 1 to 255 visible ASCII characters';
  throw new AppError(INVALID_IDEMPOTENCY_KEY, `idempotency_key ${message}`, {
    errors: [{ path: 'idempotency_key', message }],
  });
}
