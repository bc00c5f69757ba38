import { type FedEvent } from '../../orders/use-cases/read-public-events';
import { type Subscriber } from './subscriber';

/**
 * Finds the subscribers of an event without a look at most of the others: each is registered under its order, else under its owner and
 * customer, else under its owner, else among those that receive the events of all owners.
 */
export class SubscriberIndex {
  private readonly byKey = new Map<string, Set<Subscriber>>();

  add(subscriber: Subscriber): void {
    const key = keyOf(subscriber);
    const found = this.byKey.get(key);
    if (found) found.add(subscriber);
    else this.byKey.set(key, new Set([subscriber]));
  }

  delete(subscriber: Subscriber): void {
    const key = keyOf(subscriber);
    const found = this.byKey.get(key);
    found?.delete(subscriber);
    if (found?.size === 0) this.byKey.delete(key);
  }

  /** Adds an event to the events of each subscriber that wants it. */
  collect(fed: FedEvent, into: Map<Subscriber, FedEvent[]>): void {
    const { order_id: orderId, data } = fed.event;
    const keys = [
      orderKey(orderId),
      customerKey(fed.owner, data.order.customer_id),
      ownerKey(fed.owner),
      ALL,
    ];
    for (const key of keys) collectFrom(this.byKey.get(key), fed, into);
  }
}

const ALL = 'all';
const orderKey = (orderId: string): string => `order ${orderId}`;
const ownerKey = (owner: string): string => `owner ${owner}`;
/** An owner has no line break. */
const customerKey = (owner: string, customerId: string): string => `customer ${owner}\n${customerId}`;

function keyOf({ listener: { owner, filter } }: Subscriber): string {
  if (filter.orderId !== undefined) return orderKey(filter.orderId);
  if (owner === null) return ALL;
  return filter.customerId === undefined ? ownerKey(owner) : customerKey(owner, filter.customerId);
}

function collectFrom(
  subscribers: ReadonlySet<Subscriber> | undefined,
  fed: FedEvent,
  into: Map<Subscriber, FedEvent[]>,
): void {
  for (const subscriber of subscribers ?? []) {
    if (!subscriber.wants(fed)) continue;
    const events = into.get(subscriber);
    if (events) events.push(fed);
    else into.set(subscriber, [fed]);
  }
}
