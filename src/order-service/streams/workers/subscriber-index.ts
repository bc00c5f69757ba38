import { isOrderEvent } from '../../../shared/contracts/public-event';
import { coversOrders, coversProducts } from '../../orders/domain/event-filter';
import { type FedEvent } from '../../orders/use-cases/read-public-events';
import { type Subscriber } from './subscriber';

/**
 * Finds the subscribers of an event without a look at most of the others. Those that receive events of orders are registered under their
 * order, else under their owner and customer, else under their owner, else among those of all owners; those that receive events of products
 * under their product, else under their owner, else among those of all owners. A subscriber can be registered for both.
 */
export class SubscriberIndex {
  private readonly byKey = new Map<string, Set<Subscriber>>();

  add(subscriber: Subscriber): void {
    for (const key of keysOf(subscriber)) {
      const found = this.byKey.get(key);
      if (found) found.add(subscriber);
      else this.byKey.set(key, new Set([subscriber]));
    }
  }

  delete(subscriber: Subscriber): void {
    for (const key of keysOf(subscriber)) {
      const found = this.byKey.get(key);
      found?.delete(subscriber);
      if (found?.size === 0) this.byKey.delete(key);
    }
  }

  /** Adds an event to the events of each subscriber that wants it. */
  collect(fed: FedEvent, into: Map<Subscriber, FedEvent[]>): void {
    for (const key of keysOfEvent(fed)) collectFrom(this.byKey.get(key), fed, into);
  }
}

const ALL = 'all';
const orderKey = (orderId: string): string => `order ${orderId}`;
const ownerKey = (owner: string): string => `owner ${owner}`;
/** An owner has no line break. */
const customerKey = (owner: string, customerId: string): string => `customer ${owner}\n${customerId}`;

const ALL_PRODUCTS = 'products';
const productKey = (productId: string): string => `product ${productId}`;
const productsKey = (owner: string): string => `products ${owner}`;

function keysOfEvent({ event, owner }: FedEvent): string[] {
  return isOrderEvent(event)
    ? [orderKey(event.order_id), customerKey(owner, event.data.order.customer_id), ownerKey(owner), ALL]
    : [productKey(event.product_id), productsKey(owner), ALL_PRODUCTS];
}

function keysOf({ listener: { owner, filter } }: Subscriber): string[] {
  const { orderId, customerId, productId } = filter;
  const keys: string[] = [];
  if (coversOrders(filter)) {
    if (orderId !== undefined) keys.push(orderKey(orderId));
    else if (owner === null) keys.push(ALL);
    else keys.push(customerId === undefined ? ownerKey(owner) : customerKey(owner, customerId));
  }
  if (coversProducts(filter)) {
    if (productId !== undefined) keys.push(productKey(productId));
    else keys.push(owner === null ? ALL_PRODUCTS : productsKey(owner));
  }
  return keys;
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
