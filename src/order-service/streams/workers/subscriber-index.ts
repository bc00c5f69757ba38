import { type FedEvent } from '../../orders/use-cases/read-public-events';
import { type Subscriber } from './subscriber';

/** Finds the subscribers of an event without a look at the others: each is registered under its order, else its owner, else under all. */
export class SubscriberIndex {
  private readonly byOrder = new Map<string, Set<Subscriber>>();
  private readonly byOwner = new Map<string, Set<Subscriber>>();
  private readonly ofAll = new Set<Subscriber>();

  add(subscriber: Subscriber): void {
    const [map, key] = this.placeOf(subscriber);
    if (key === null) return void this.ofAll.add(subscriber);
    const found = map.get(key);
    if (found) found.add(subscriber);
    else map.set(key, new Set([subscriber]));
  }

  delete(subscriber: Subscriber): void {
    const [map, key] = this.placeOf(subscriber);
    if (key === null) return void this.ofAll.delete(subscriber);
    const found = map.get(key);
    found?.delete(subscriber);
    if (found?.size === 0) map.delete(key);
  }

  /** Adds an event to the events of each subscriber that wants it. */
  collect(fed: FedEvent, into: Map<Subscriber, FedEvent[]>): void {
    collectFrom(this.byOrder.get(fed.event.order_id), fed, into);
    collectFrom(this.byOwner.get(fed.owner), fed, into);
    collectFrom(this.ofAll, fed, into);
  }

  private placeOf({ listener: { owner, filter } }: Subscriber) {
    return filter.orderId === undefined
      ? ([this.byOwner, owner] as const)
      : ([this.byOrder, filter.orderId] as const);
  }
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
