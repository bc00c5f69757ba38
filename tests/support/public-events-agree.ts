import { isDeepStrictEqual } from 'node:util';
import { toOrderResource } from '../../src/order-service/orders/domain/order-resource';
import { presentOrders } from '../../src/order-service/orders/store/public-event-store';
import {
  earliestPublicCursor,
  type FedEvent,
  readPublicEvents,
} from '../../src/order-service/orders/use-cases/read-public-events';
import { groupBy } from '../../src/shared/group-by';
import { isOrderEvent } from '../../src/shared/contracts/public-event';
import { openDatabase } from './open-database';

/**
 * Compares the public events with the orders: the events of each order have consecutive versions, and the last one has the order as it is.
 *
 * @returns the number of events, and the differences
 */
export async function comparePublicEvents(url: string): Promise<{ events: number; differences: string[] }> {
  const db = openDatabase(url);
  try {
    const fed: FedEvent[] = [];
    for (let after = await earliestPublicCursor(db); ;) {
      const page = await readPublicEvents(db, { after, owner: null, limit: 500 });
      if ('gone' in page) throw new Error(`the feed is ${page.gone}`);
      fed.push(...page.events);
      if (!page.hasMore) break;
      after = page.next;
    }
    const ofOrders = groupBy(fed.map(({ event }) => event).filter(isOrderEvent), (event) => event.order_id);
    const present = await presentOrders(db, [...ofOrders.keys()]);
    const differences = [...ofOrders].flatMap(([orderId, events]) => {
      const order = present.get(orderId);
      const isInOrder = events.every(({ version }, index) => version === events[0]!.version + index);
      const last = events.at(-1)!.data.order;
      if (isInOrder && order && isDeepStrictEqual(last, toOrderResource(order))) return [];
      return [
        `${orderId}: ${events.map(({ type, version }) => `${version} ${type}`).join(', ')}; ${JSON.stringify(last)}`,
      ];
    });
    return { events: fed.length, differences };
  } finally {
    await db.stop();
  }
}
