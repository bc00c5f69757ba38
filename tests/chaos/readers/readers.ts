import { CLIENTS } from '../load';
import { type OrderHistory } from '../history';
import { type Stack } from '../stack';
import { startFeedReader } from './feed-reader';
import { type EventReader } from './reader';
import { latestCursor, startStreamReader } from './stream-reader';
import { registerWebhooks } from './webhook-reader';

/** Everybody who hears of the orders of a run. */
export interface Readers {
  all(): readonly EventReader[];
  /** From now on, some of the orders have a reader of their own. */
  orderPlaced(order: OrderHistory): void;
  stop(): Promise<void>;
}

/** How many orders have a reader of their own: it needs a connection. */
const ORDER_READERS = 40;

/**
 * Starts, for each shop, a stream of its orders at each instance of the Order Service and one through the proxy of the clients, a stream of its
 * products through the proxy, a reader of the feed, and a webhook endpoint. They begin before the first order and the first product.
 */
export async function startReaders(stack: Stack, orders: number): Promise<Readers> {
  const proxy = { name: 'the proxy', url: stack.apiUrl };
  const places = [
    ...stack
      .instancesOf('order-service')
      .map(({ name, port }) => ({ name, url: `http://127.0.0.1:${String(port)}` })),
    proxy,
  ];
  const readers: EventReader[] = [];
  for (const owner of CLIENTS) {
    const after = await latestCursor(stack.apiUrl, owner);
    for (const place of places)
      readers.push(startStreamReader({ place, apiUrl: stack.apiUrl, owner, topic: 'orders', after }));
    readers.push(startStreamReader({ place: proxy, apiUrl: stack.apiUrl, owner, topic: 'products', after }));
    readers.push(startFeedReader(stack.apiUrl, owner), await registerWebhooks(stack, owner));
  }
  const every = Math.ceil(orders / ORDER_READERS);
  let placed = 0;
  return {
    all: () => readers,
    orderPlaced({ client: owner, orderId }) {
      placed += 1;
      const place = places[(placed / every) % places.length];
      if (placed % every === 0 && place && orderId !== null)
        readers.push(startStreamReader({ place, apiUrl: stack.apiUrl, owner, topic: 'orders', orderId }));
    },
    async stop() {
      await Promise.all(readers.map((reader) => reader.stop()));
    },
  };
}
