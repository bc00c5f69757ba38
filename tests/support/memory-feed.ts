import { isOrderEvent } from '../../src/shared/contracts/public-event';
import {
  EXAMPLE_CATALOGUE_EVENT,
  EXAMPLE_PUBLIC_EVENT,
} from '../../src/shared/contracts/public-event-examples';
import { type FeedCursor } from '../../src/shared/event-log/feed-cursor';
import { type EventFilter } from '../../src/order-service/orders/domain/event-filter';
import { type FedEvent } from '../../src/order-service/orders/use-cases/read-public-events';
import { type PublicFeed } from '../../src/order-service/streams/workers/feed-tail';
import { type StreamHub } from '../../src/order-service/streams/workers/stream-hub';
import { type Listener, type Subscription } from '../../src/order-service/streams/workers/subscriber';

export const OWNERS = ['shop', 'other'];
export const ORDERS = [0, 1, 2, 3].map((n) => `01a1fc42-fc03-72fd-b531-1111a4fbee1${n}`);
export const PRODUCTS = [4, 5].map((n) => `01a1fc42-fc03-72fd-b531-1111a4fbee1${n}`);

/** Generous, for a busy machine. */
const SETTLE_MS = 5_000;

export const cursorAt = (position: number): FeedCursor => ({
  position: String(position),
  proof: position.toString(16).padStart(16, '0'),
});

/** A feed in memory whose reads take a few turns of the event loop. Each order, and each product, belongs to one owner. */
export function memoryFeed() {
  const events: FedEvent[] = [];
  const isOf = (
    { topic, orderId, customerId, productId, types }: EventFilter,
    { event }: FedEvent,
  ): boolean => {
    if (types !== undefined && !types.includes(event.type)) return false;
    if (!isOrderEvent(event))
      return (
        topic !== 'orders' && (productId ?? event.product_id) === event.product_id && !orderId && !customerId
      );
    const { order } = event.data;
    return (
      topic !== 'products' &&
      productId === undefined &&
      (orderId ?? event.order_id) === event.order_id &&
      (customerId ?? order.customer_id) === order.customer_id
    );
  };
  const addOf = (index: number, event: FedEvent['event']): void =>
    void events.push({ event, owner: OWNERS[index % 2]!, cursor: cursorAt(events.length + 1) });
  const feed: PublicFeed = {
    latest: () => later(() => cursorAt(events.length)),
    check: (cursor) => later(() => cursor),
    read: ({ after, owner, limit, filter = {} }) =>
      later(() => {
        const behind = events
          .slice(Number(after.position))
          .filter((fed) => owner === null || fed.owner === owner);
        const matching = behind.filter((fed) => isOf(filter, fed));
        const page = matching.slice(0, limit);
        const hasMore = matching.length > limit;
        return { events: page, next: hasMore ? page.at(-1)!.cursor : cursorAt(events.length), hasMore };
      }),
  };
  return {
    feed,
    events,
    add(subject: number) {
      const orderId = ORDERS[subject];
      const productId = PRODUCTS[subject - ORDERS.length];
      const version =
        events.filter(({ event }) => isOf({ orderId, productId }, { event } as FedEvent)).length + 1;
      if (productId !== undefined || orderId === undefined)
        return addOf(subject, { ...EXAMPLE_CATALOGUE_EVENT, product_id: productId!, version });
      const { data } = EXAMPLE_PUBLIC_EVENT;
      const ofCustomer = { order: { ...data.order, customer_id: `customer ${subject % 3}` } };
      const type = version % 2 === 0 ? 'order.shipped' : 'order.updated';
      const event = { ...EXAMPLE_PUBLIC_EVENT, type, order_id: orderId, version, data: ofCustomer } as const;
      addOf(subject, event);
    },
    expected: (from: number, owner: string | null, filter: EventFilter) =>
      events.slice(from).filter((fed) => (owner === null || owner === fed.owner) && isOf(filter, fed)),
  };
}

async function later<T>(read: () => T): Promise<T> {
  await turn();
  const result = read();
  await turn();
  return result;
}

export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A listener whose buffer is full after each `room` events. */
export class TestListener implements Listener {
  readonly received: FedEvent[] = [];
  isPaused = false;
  subscription: Subscription | null = null;
  from = 0;
  private taken = 0;

  constructor(
    readonly owner: string | null,
    readonly filter: EventFilter,
    private readonly room: number,
  ) {}

  onEvents(events: readonly FedEvent[]): boolean {
    if (this.isPaused || !this.subscription) throw new Error('events outside of a resumed subscription');
    this.received.push(...events);
    this.taken += events.length;
    this.isPaused = this.taken >= this.room;
    return !this.isPaused;
  }

  onEnd(): void {
    this.subscription = null;
  }

  async join(hub: StreamHub, after: FeedCursor | null): Promise<void> {
    const subscription = await hub.subscribe({ listener: this, after });
    if ('gone' in subscription) throw new Error('gone');
    this.subscription = subscription;
    this.from = Number(subscription.cursor().position);
    subscription.resume();
  }

  read(): void {
    this.isPaused = false;
    this.taken = 0;
    this.subscription?.resume();
  }
}

/** Until every listener has as many events as it must receive, or time is up; then a moment longer, for events too many. */
export async function settle(
  hub: StreamHub,
  listeners: readonly TestListener[],
  isComplete: () => boolean,
): Promise<void> {
  const deadline = performance.now() + SETTLE_MS;
  for (let extra = 0; extra < 10 && performance.now() < deadline; extra += isComplete() ? 1 : 0) {
    await hub.runOnce();
    for (const listener of listeners) if (listener.isPaused) listener.read();
    await turn();
  }
}
