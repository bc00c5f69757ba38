import { v7 as uuidv7 } from 'uuid';
import { EXAMPLE_PRODUCT, type ProductResource } from '../../src/shared/contracts/product-resource';
import { EXAMPLE_STOCK, type StockResource } from '../../src/shared/contracts/stock-resource';
import { appendEvents } from '../../src/shared/event-log/append-events';
import { type LoggedEvent } from '../../src/shared/event-log/event';
import { type Database } from '../../src/shared/postgres/queryable';

/** What tests choose of an event in the log. */
type Chosen = Partial<Pick<LoggedEvent, 'eventId' | 'owner' | 'type' | 'payload' | 'occurredAt'>>;

/** An event of a product, by default its creation or, with a later version, an update. */
export function productLogged(
  productId: string,
  version = 1,
  { product, ...chosen }: Chosen & { product?: Partial<ProductResource> } = {},
): LoggedEvent {
  const resource = { ...EXAMPLE_PRODUCT, product_id: productId, version, ...product };
  return {
    ...common(),
    subjectType: 'product',
    subjectId: productId,
    version,
    type: version === 1 ? 'PRODUCT_CREATED' : 'PRODUCT_UPDATED',
    payload: { product: resource },
    ...chosen,
  };
}

/** An event of the stock of a product, by default a reservation of one unit for an order. */
export function stockLogged(
  { productId, stockId }: { productId: string; stockId: string },
  version = 1,
  { stock, ...chosen }: Chosen & { stock?: Partial<StockResource> } = {},
): LoggedEvent {
  const resource = { ...EXAMPLE_STOCK, product_id: productId, version, ...stock };
  return {
    ...common(),
    subjectType: 'stock',
    subjectId: stockId,
    version,
    type: 'STOCK_RESERVED',
    payload: { stock: resource, change: { on_hand: 0, reserved: 1, causes: { order_placed: 1 } } },
    ...chosen,
  };
}

const common = () => ({
  eventId: uuidv7(),
  owner: 'demo-client',
  occurredAt: new Date(),
  queue: null,
  actor: 'demo-client',
  correlationId: 'test',
  traceparent: 't',
});

/** Writes events in one transaction. */
export async function writeLogged(db: Database, ...events: readonly LoggedEvent[]): Promise<void> {
  await db.transaction((tx) => appendEvents(tx, events));
}
