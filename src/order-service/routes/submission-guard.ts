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

/** Makes the guards of one request. */
export type GuardSubmission = (submitted: Submitted, order: CreateOrder) => SubmissionGuard;

/**
 * How to recognise the orders of a request again: by `Idempotency-Key` (IETF draft-ietf-httpapi-idempotency-key-header), or without one
 * by everything that was sent, within the window; so double clicks collapse and tomorrow's identical order does not. Without a
 * `client_timestamp` the guard ends when the order is cancelled.
 *
 * @returns to be called in the order of the request's lines: of equal ones the k-th is guarded by the k-th of an earlier request, and
 * the first by a request of its own.
 */
export function submissionGuards(windowSeconds: number): GuardSubmission {
  const occurrences = new Map<string, number>();
  return ({ key, body }, order) => {
    const guard = { route: ROUTE, formerKey: null };
    if (key !== null) {
      const fingerprint = requestFingerprint(ROUTE, body);
      return { ...guard, kind: 'key', key, fingerprint, windowSeconds: null, untilCancelled: false };
    }
    const { content, formerContent } = contentOf(body, order);
    const occurrence = (occurrences.get(content) ?? 0) + 1;
    occurrences.set(content, occurrence);
    const contentKey = occurrence === 1 ? content : hash([content, occurrence]);
    const isTimed = order.clientTimestamp !== null;
    return {
      ...guard,
      kind: 'content',
      key: contentKey,
      fingerprint: contentKey,
      windowSeconds: isTimed ? DAY_SECONDS : windowSeconds,
      untilCancelled: !isTimed,
      formerKey: occurrence === 1 && formerContent !== content ? formerContent : null,
    };
  };
}

const ORDER_MEMBERS = ['customer_id', 'items', 'currency', 'client_timestamp'];
const ITEM_MEMBERS = ['product_id', 'quantity', 'unit_price'];

/**
 * The hash of what was sent, whatever the order of its lines and members; the client itself is part of the submission's scope. Members
 * beyond those above count as they were sent, so that one that is added later cannot be forgotten. What an order without such
 * members hashes to must never change: repeats of orders that the version before took would be new orders.
 */
function contentOf(body: unknown, { order, clientTimestamp }: CreateOrder) {
  const { items } = body as { items: unknown[] };
  const lines = order.items.map((item, index) => withOthers(item, items[index], ITEM_MEMBERS));
  const ordered = (of: readonly unknown[]) => [order.customerId, sorted(of), order.currency, clientTimestamp];
  const content = hash(withOthers(ordered(lines), body, ORDER_MEMBERS));
  return { content, formerContent: hash(ordered(order.items)) };
}

const sorted = (items: readonly unknown[]): string[] => items.map((item) => canonicalJson(item)).sort();

const hash = (value: unknown): string => sha256(canonicalJson(value));

/** The members that were sent beyond those of these names, behind what is known of them; what is known itself when there are none. */
function withOthers(known: unknown, sent: unknown, names: readonly string[]): unknown {
  const others = Object.entries(sent as object).filter(([name]) => !names.includes(name));
  return others.length === 0 ? known : [known, Object.fromEntries(others)];
}
