import { createHash } from 'node:crypto';
import { type Request } from 'express';
import { AppError } from '../../shared/errors';
import { canonicalJson } from '../../shared/http/canonical-json';
import { type SubmissionGuard } from '../services/orders/place-order';
import { type CreateOrder } from './order-schemas';

const ROUTE = 'POST /orders';
const DAY_SECONDS = 86_400;

/**
 * How to recognise this request again: by its `Idempotency-Key` (IETF draft-ietf-httpapi-idempotency-key-header), or without one
 * by what was ordered, within the window; so double clicks collapse and tomorrow's identical order does not.
 *
 * @throws AppError `invalid_input` when the header is not 1–255 visible ASCII characters.
 */
export function submissionGuard(
  request: Request,
  order: CreateOrder,
  windowSeconds: number,
): SubmissionGuard {
  const key = idempotencyKey(request.get('Idempotency-Key'));
  if (key !== null) {
    const fingerprint = sha256(canonicalJson([ROUTE, request.body]));
    return { route: ROUTE, kind: 'key', key, fingerprint, windowSeconds: null };
  }
  const content = sha256(contentOf(order));
  const window = order.clientTimestamp === null ? windowSeconds : DAY_SECONDS;
  return { route: ROUTE, kind: 'content', key: content, fingerprint: content, windowSeconds: window };
}

/** The raw form and the draft's quoted form (RFC 8941 string) name the same key. */
function idempotencyKey(header: string | undefined): string | null {
  if (header === undefined) return null;
  const quoted = /^"((?:[^"\\]|\\["\\])*)"$/.exec(header);
  const key = quoted ? (quoted[1] ?? '').replace(/\\(["\\])/g, '$1') : header;
  if (/^[\x21-\x7e]{1,255}$/.test(key)) return key;
  const message = 'must be 1 to 255 visible ASCII characters';
  throw new AppError('invalid_input', `Idempotency-Key ${message}`, {
    code: 'invalid_idempotency_key',
    errors: [{ path: 'Idempotency-Key', message }],
  });
}

/** The client itself is part of the submission's scope; the order of the lines is not part of what was ordered. */
function contentOf({ order, clientTimestamp }: CreateOrder): string {
  const items = order.items.map((item) => canonicalJson(item)).sort();
  return canonicalJson([order.customerId, items, order.currency, clientTimestamp]);
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
