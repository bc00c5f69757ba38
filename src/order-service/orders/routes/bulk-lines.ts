import { setImmediate } from 'node:timers/promises';
import { type Request } from 'express';
import { callerOf } from '../../../shared/auth/authenticate';
import { PAYLOAD_TOO_LARGE, type Problem, VALIDATION_FAILED } from '../../../shared/contracts/problem';
import { AppError } from '../../../shared/errors';
import { originOf } from '../../../shared/event-log/event';
import { problemOf } from '../../../shared/http/error-handler';
import { MAX_JSON_BYTES, parseJson } from '../../../shared/http/json-body';
import { parseInput } from '../../../shared/http/validate';
import { IDEMPOTENCY_KEY_PATTERN, idempotencyKey } from '../../../shared/idempotency/idempotency-key';
import { INVALID_IDEMPOTENCY_KEY } from '../../../shared/idempotency/idempotency-records';
import { type PlacedOrder, placeOrder } from '../use-cases/place-order';
import { startsInOrder } from '../use-cases/start-in-order';
import { type OrderOperationsDependencies } from './order-operations';
import { createOrderBody } from './order-schemas';
import { idempotencyGuards } from './idempotency-guard';

const MAX_BULK_LINES = 1_000;
const NEWLINE = 0x0a;
/** After this many bytes of white space, about 3 ms, the event loop runs other work. */
const SPACES_AT_ONCE = 512 * 1024;

/** A line of an NDJSON body. */
export interface BulkLine {
  /** Counted from 1, including empty lines. */
  number: number;
  /** A view into the body, without the white space before the line. */
  bytes: Buffer;
}

/**
 * The non-empty lines of an NDJSON body. Nothing is decoded or copied, and no line is executed before all lines are counted.
 *
 * @throws AppError `invalid_input` when there are none, or more than 1000.
 */
export async function bulkLines(body: Buffer): Promise<BulkLine[]> {
  const lines: BulkLine[] = [];
  let [number, spaces] = [1, 0];
  for (let at = 0; at < body.length && lines.length <= MAX_BULK_LINES;) {
    if (isSpace(body[at])) {
      if (body[at] === NEWLINE) number += 1;
      at += 1;
      spaces += 1;
      if (spaces % SPACES_AT_ONCE === 0) await setImmediate();
    } else {
      // Only white space is read byte by byte: a search for the end of the line is a hundred times faster.
      const newline = body.indexOf(NEWLINE, at);
      const end = newline < 0 ? body.length : newline;
      lines.push({ number, bytes: body.subarray(at, end) });
      at = end;
    }
  }
  if (lines.length > 0 && lines.length <= MAX_BULK_LINES) return lines;
  const message = `must have 1 to ${MAX_BULK_LINES} lines`;
  throw new AppError(VALIDATION_FAILED, `the body ${message}`, { errors: [{ path: '', message }] });
}

/** White space of JSON: space, tab, CR, LF. */
const isSpace = (byte: number | undefined): boolean =>
  byte === 0x20 || byte === 0x09 || byte === 0x0d || byte === NEWLINE;

/**
 * Places the order of a line of this request; an error of the line becomes its result. Lines get stock in the order of the calls.
 *
 * @returns a function that returns the line of the response, with its line break; it never rejects.
 * @throws AppError `invalid_input` when the Idempotency-Key of the request is not valid.
 */
export function bulkPlacement(
  deps: OrderOperationsDependencies,
  request: Request,
): (line: BulkLine) => Promise<string> {
  const requestKey = idempotencyKey(request);
  const { clientId: owner } = callerOf(request);
  const origin = originOf(owner);
  const guardOf = idempotencyGuards(deps.duplicateWindowSeconds);
  const nextPosition = startsInOrder();
  const instance = request.originalUrl.split('?')[0] ?? '';
  return async (line) => {
    const position = nextPosition();
    try {
      const { key, body } = parsedLine(line);
      const sent = { key: key ?? (requestKey === null ? null : `${requestKey}:${line.number}`), body };
      const order = parseInput(createOrderBody, body, 'the line is not valid');
      // Nothing is awaited up to here, so equal lines are counted in the order of the lines.
      const guard = guardOf(sent, order);
      return placedResult(line, await placeOrder(deps, { ...order.order, owner }, guard, origin, position));
    } catch (error) {
      return refusedResult(line, problemOf(error, instance, deps.logger));
    } finally {
      position.end();
    }
  };
}

/** The order is JSON already; parsing and printing it again would cost more than the rest of the line. */
function placedResult({ number }: BulkLine, { status, replayed, body }: PlacedOrder): string {
  return `{"line":${number},"status":${status},"replayed":${replayed},"order":${body}}\n`;
}

function refusedResult({ number }: BulkLine, problem: Problem): string {
  return `${JSON.stringify({ line: number, status: problem.status, problem })}\n`;
}

/** The body of a line without its key, so that it equals the same order sent alone under that key. */
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
