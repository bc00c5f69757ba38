import { canonicalJson, requestFingerprint, sha256 } from '../../../shared/idempotency/idempotency-key';
import { type IdempotentRequest } from '../../../shared/idempotency/idempotency-records';
import { type IdempotencyGuard } from '../use-cases/place-order';
import { type CreateOrder } from './order-schemas';

const ROUTE = 'POST /orders';
const DAY_SECONDS = 86_400;
const ORDER_MEMBERS = ['customer_id', 'items', 'currency', 'client_timestamp'];
const ITEM_MEMBERS = ['product_id', 'quantity', 'unit_price'];

/** The sent values that identify a repeated request. */
export interface SentOrder {
  key: string | null;
  /** The body as parsed JSON. */
  body: unknown;
}

/** Returns the guard of the next order of one request. */
export type GuardOrder = (submitted: SentOrder, order: CreateOrder) => IdempotencyGuard;

/**
 * Guards the orders of a request against repeats: by `Idempotency-Key` (IETF draft-ietf-httpapi-idempotency-key-header), or without one by
 * the whole content within the window, so that a double click places one order and tomorrow's identical order is a new one. Without a
 * `client_timestamp` the guard ends when the order is cancelled.
 *
 * @returns a function to call in the order of the request's lines: of equal lines, the k-th is guarded by the k-th of an earlier request,
 * and the first also by a request for that single order.
 */
export function idempotencyGuards(windowSeconds: number): GuardOrder {
  const occurrences = new Map<string, number>();
  return ({ key, body }, order) => {
    if (key !== null) return keyGuard({ route: ROUTE, key, fingerprint: requestFingerprint(ROUTE, body) });
    const { content, formerContent } = contentOf(body, order);
    const occurrence = (occurrences.get(content) ?? 0) + 1;
    occurrences.set(content, occurrence);
    const formerKey = formerContent === content || isRefusedByFormer(order) ? null : formerContent;
    const guard = contentGuard(content, formerKey, order.clientTimestamp === null ? windowSeconds : null);
    if (occurrence === 1) return guard;
    const keyOfLine = hash([content, occurrence]);
    return { ...guard, key: keyOfLine, fingerprint: keyOfLine, formerKey: null };
  };
}

/** Guards an order by its `Idempotency-Key`, for as long as the order exists. */
export const keyGuard = ({
  route,
  key,
  fingerprint,
}: Omit<IdempotentRequest, 'clientId'>): IdempotencyGuard => ({
  route,
  kind: 'key',
  key,
  fingerprint,
  windowSeconds: null,
  untilCancelled: false,
  formerKey: null,
});

/** @param windowSeconds null: a `client_timestamp` was sent. */
function contentGuard(
  content: string,
  formerKey: string | null,
  windowSeconds: number | null,
): IdempotencyGuard {
  return {
    route: ROUTE,
    kind: 'content',
    key: content,
    fingerprint: content,
    windowSeconds: windowSeconds ?? DAY_SECONDS,
    untilCancelled: windowSeconds !== null,
    formerKey,
  };
}

/**
 * The hash of the sent content, independent of the order of lines and members; the client is part of the scope of the idempotency record. Members
 * other than those above are hashed as they were sent, so that a member that is added later is always included. The hash of an order
 * without such members must never change: repeats of orders that the previous version accepted would become new orders.
 */
function contentOf(body: unknown, { order, clientTimestamp }: CreateOrder) {
  const { items } = body as { items: unknown[] };
  const former = hash([order.customerId, sorted(order.items), order.currency, clientTimestamp]);
  const more = otherMembers(body, ORDER_MEMBERS);
  const moreOfItems = items.map((item) => otherMembers(item, ITEM_MEMBERS));
  const hasMoreOfItems = moreOfItems.some((of) => of !== null);
  if (!more && !hasMoreOfItems) return { content: former, formerContent: former };
  const lines = order.items.map((item, index) => [item, moreOfItems[index]]);
  return { content: hash([former, more, hasMoreOfItems ? sorted(lines) : null]), formerContent: former };
}

/** The previous version refused the order, so that it cannot have recorded it; a record with that key is of another order. */
const isRefusedByFormer = ({ order: { items, reservationId } }: CreateOrder): boolean =>
  reservationId !== null || items.some(({ unitPrice }) => unitPrice === null);

const sorted = (items: readonly unknown[]): string[] => items.map((item) => canonicalJson(item)).sort();

const hash = (value: unknown): string => sha256(canonicalJson(value));

/** The sent members other than `names`; null when there are none. */
function otherMembers(sent: unknown, names: readonly string[]): object | null {
  const others = Object.entries(sent as object).filter(([name]) => !names.includes(name));
  return others.length === 0 ? null : Object.fromEntries(others);
}
