import { expect } from 'chai';
import { v7 as uuidv7 } from 'uuid';
import { type Product } from '../../../src/order-service/catalogue/domain/product';
import { toProductResource } from '../../../src/order-service/catalogue/domain/product-resource';
import { type StockLevel } from '../../../src/order-service/inventory/domain/stock';
import { toStockResource } from '../../../src/order-service/inventory/domain/stock-resource';
import { toCatalogueEvent } from '../../../src/order-service/orders/domain/catalogue-event';
import {
  type EventFilter,
  eventMatches,
  isFiltering,
  mayMatch,
} from '../../../src/order-service/orders/domain/event-filter';
import {
  CATALOGUE_EVENT_TYPES,
  type CatalogueEventType,
  PUBLIC_EVENT_TYPES,
  publicEvent,
} from '../../../src/shared/contracts/public-event';
import { EXAMPLE_PUBLIC_EVENT } from '../../../src/shared/contracts/public-event-examples';
import { EXAMPLE_PRODUCT } from '../../../src/shared/contracts/product-resource';
import { EXAMPLE_STOCK } from '../../../src/shared/contracts/stock-resource';
import { type LoggedEvent } from '../../../src/shared/event-log/event';
import { productLogged, stockLogged } from '../../support/catalogue-log';

const PRODUCT = uuidv7();
const STOCK = { productId: PRODUCT, stockId: uuidv7() };

/** The event as jsonb keeps it: the members of its payload are in another order. */
function logged(event: LoggedEvent): LoggedEvent {
  const reversed = (value: unknown): unknown =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(
          Object.entries(value)
            .reverse()
            .map(([name, member]) => [name, reversed(member)]),
        )
      : value;
  return { ...event, payload: reversed(event.payload) };
}

const LOGGED: Record<CatalogueEventType, LoggedEvent> = {
  'product.created': productLogged(PRODUCT),
  'product.updated': productLogged(PRODUCT, 2),
  'product.price_changed': productLogged(PRODUCT, 3, { type: 'PRODUCT_PRICE_CHANGED' }),
  'product.deleted': productLogged(PRODUCT, 4, { type: 'PRODUCT_DELETED' }),
  'inventory.reserved': stockLogged(STOCK),
  'inventory.released': stockLogged(STOCK, 2, { type: 'STOCK_RELEASED' }),
  'inventory.updated': stockLogged(STOCK, 3, { type: 'STOCK_UPDATED' }),
  'inventory.low': stockLogged(STOCK, 4, { type: 'STOCK_LOW' }),
};

/** The product and the stock of the events, as the modules that write them have them. */
const OF_API: Product = {
  productId: PRODUCT,
  owner: 'shop',
  sku: EXAMPLE_PRODUCT.sku,
  name: EXAMPLE_PRODUCT.name,
  description: EXAMPLE_PRODUCT.description,
  category: EXAMPLE_PRODUCT.category,
  currency: EXAMPLE_PRODUCT.currency,
  price: 7_990,
  taxClass: EXAMPLE_PRODUCT.tax_class,
  weightGrams: EXAMPLE_PRODUCT.weight_grams,
  attributes: EXAMPLE_PRODUCT.attributes,
  imageUrl: EXAMPLE_PRODUCT.image_url,
  isActive: true,
  version: 1,
  createdAt: new Date(EXAMPLE_PRODUCT.created_at),
  updatedAt: new Date(EXAMPLE_PRODUCT.updated_at),
};
const LEVEL: StockLevel = {
  ...STOCK,
  owner: 'shop',
  sku: EXAMPLE_STOCK.sku,
  onHand: EXAMPLE_STOCK.on_hand,
  reserved: EXAMPLE_STOCK.reserved,
  lowStockThreshold: EXAMPLE_STOCK.low_stock_threshold,
  backorderLimit: EXAMPLE_STOCK.backorder_limit,
  version: 1,
  updatedAt: new Date(EXAMPLE_STOCK.updated_at),
};

describe('a public event of the catalogue', () => {
  for (const type of CATALOGUE_EVENT_TYPES)
    it(`given the event of the log of ${type}, then it has its type, its subject's version and the resource in the order of the API`, () => {
      const event = LOGGED[type];
      const shown = toCatalogueEvent(logged(event));
      expect(publicEvent.safeParse(shown).error).to.equal(undefined);
      expect(shown).to.include({ id: event.eventId, type, product_id: PRODUCT, version: event.version });
      const { version } = event;
      const expected = type.startsWith('product')
        ? { product: toProductResource({ ...OF_API, version }) }
        : {
            stock: toStockResource({ ...LEVEL, version }),
            change: { on_hand: 0, reserved: 1, causes: { order_placed: 1 } },
          };
      expect(JSON.stringify(shown.data)).to.equal(JSON.stringify(expected));
    });

  it('given members that only the log needs, then they are not shown', () => {
    const event = productLogged(PRODUCT, 2, {
      type: 'PRODUCT_PRICE_CHANGED',
      payload: { product: { ...EXAMPLE_PRODUCT, secret: 1 }, note: 'internal' },
    });
    expect(toCatalogueEvent(event).data).to.deep.equal({ product: EXAMPLE_PRODUCT });
  });

  it('given a change of price or currency, then the event has the previous ones', () => {
    for (const previous of [{ previous_price: 75 }, { previous_price: 75, previous_currency: 'EUR' }]) {
      const payload = { product: EXAMPLE_PRODUCT, ...previous };
      const shown = toCatalogueEvent(productLogged(PRODUCT, 2, { type: 'PRODUCT_PRICE_CHANGED', payload }));
      expect(shown.data).to.deep.equal(payload);
      expect(publicEvent.safeParse(shown).success).to.equal(true);
    }
  });

  it('given a type that this release does not know, then it is an update', () => {
    expect(toCatalogueEvent(productLogged(PRODUCT, 2, { type: 'PRODUCT_MOVED' })).type).to.equal(
      'product.updated',
    );
    expect(toCatalogueEvent(stockLogged(STOCK, 2, { type: 'STOCK_MOVED' })).type).to.equal(
      'inventory.updated',
    );
  });

  it('given values beyond the limits of this release, then the resource is shown as it was written', () => {
    const written = { ...EXAMPLE_PRODUCT, sku: 's'.repeat(500), currency: 'XBT', weight_grams: -1 };
    const event = productLogged(PRODUCT, 2, { payload: { product: { added: true, ...written } } });
    expect(JSON.stringify(toCatalogueEvent(logged(event)).data)).to.equal(
      JSON.stringify(
        toCatalogueEvent(productLogged(PRODUCT, 2, { payload: { product: EXAMPLE_PRODUCT } })).data,
        (name, value: unknown) => (name in written ? written[name as keyof typeof written] : value),
      ),
    );
  });

  for (const payload of [null, {}, { product: null }, { product: { product_id: PRODUCT } }, 'text'])
    it(`given the payload ${JSON.stringify(payload)}, then it cannot be presented, and the error names the event`, () => {
      const event = productLogged(PRODUCT, 1, { payload });
      expect(() => toCatalogueEvent(event)).to.throw(event.eventId);
    });

  it('given a stock without its change, then it cannot be presented', () => {
    const event = stockLogged(STOCK, 1, { payload: { stock: EXAMPLE_STOCK } });
    expect(() => toCatalogueEvent(event)).to.throw('is malformed');
  });
});

describe('a filter of public events', () => {
  const filters: EventFilter[] = [
    {},
    { topic: 'orders' },
    { topic: 'products' },
    { productId: PRODUCT },
    { productId: uuidv7() },
    { orderId: EXAMPLE_PUBLIC_EVENT.order_id },
    { customerId: 'ada' },
    { status: 'PENDING_SHIPMENT' },
    { topic: 'orders', productId: PRODUCT },
    ...PUBLIC_EVENT_TYPES.map((type): EventFilter => ({ types: [type] })),
    ...CATALOGUE_EVENT_TYPES.map((type): EventFilter => ({ topic: 'products', types: [type] })),
  ];

  it('given events of the catalogue, then the event of the log matches exactly when the public event does', () => {
    for (const event of Object.values(LOGGED))
      for (const filter of filters)
        expect(mayMatch(event, filter), `${event.type} ${JSON.stringify(filter)}`).to.equal(
          eventMatches(toCatalogueEvent(event), filter),
        );
  });

  it('given each member, then it leaves out the events of the other topic', () => {
    const product = toCatalogueEvent(LOGGED['product.created']);
    const matching = (filter: EventFilter) => [
      eventMatches(EXAMPLE_PUBLIC_EVENT, filter),
      eventMatches(product, filter),
    ];
    expect(matching({})).to.deep.equal([true, true]);
    expect(matching({ topic: 'orders' })).to.deep.equal([true, false]);
    expect(matching({ topic: 'products' })).to.deep.equal([false, true]);
    expect(matching({ productId: PRODUCT })).to.deep.equal([false, true]);
    expect(matching({ orderId: EXAMPLE_PUBLIC_EVENT.order_id })).to.deep.equal([true, false]);
    expect(matching({ customerId: 'ada' })).to.deep.equal([true, false]);
    expect(matching({ status: 'PENDING_SHIPMENT' })).to.deep.equal([true, false]);
  });

  it('given a stream of all orders, then a page of the feed is not larger than without a filter', () => {
    expect(isFiltering({ topic: 'orders' })).to.equal(false);
    expect(isFiltering({ topic: 'orders', customerId: 'ada' })).to.equal(true);
    expect(isFiltering({ topic: 'products' })).to.equal(true);
  });
});
