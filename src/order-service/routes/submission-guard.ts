import { canonicalJson } from '../../shared/http/canonical-json';
import { type SubmissionGuard } from '../services/orders/place-order';
import { requestFingerprint, sha256 } from './idempotency-key';
import { type CreateOrder } from './order-schemas';

const ROUTE = 'POST /orders';
const DAY_SECONDS = 86_400;

/** What was sent. */
export interface Submitted {
  key: string | null;
  /** The body as parsed JSON. */
  body: unknown;
}

/**
 * How to recognise this request again: by its `Idempotency-Key` (IETF draft-ietf-httpapi-idempotency-key-header), or without one
 * by what was ordered, within the window; so double clicks collapse and tomorrow's identical order does not.
 */
export function submissionGuard(
  { key, body }: Submitted,
  order: CreateOrder,
  windowSeconds: number,
): SubmissionGuard {
  if (key !== null) {
    const fingerprint = requestFingerprint(ROUTE, body);
    return { route: ROUTE, kind: 'key', key, fingerprint, windowSeconds: null };
  }
  const content = sha256(contentOf(order));
  const window = order.clientTimestamp === null ? windowSeconds : DAY_SECONDS;
  return { route: ROUTE, kind: 'content', key: content, fingerprint: content, windowSeconds: window };
}

/** The client itself is part of the submission's scope; the order of the lines is not part of what was ordered. */
function contentOf({ order, clientTimestamp }: CreateOrder): string {
  const items = order.items.map((item) => canonicalJson(item)).sort();
  return canonicalJson([order.customerId, items, order.currency, clientTimestamp]);
}
