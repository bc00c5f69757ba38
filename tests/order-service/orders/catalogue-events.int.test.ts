import { expect } from 'chai';
import { v7 as uuidv7 } from 'uuid';
import { type ServiceDatabase } from '../../../src/shared/postgres/database';
import { PUBLIC_EVENT_TYPES } from '../../../src/shared/contracts/public-event';
import { type AnyEvent } from '../../support/any-event';
import { type ApiClient } from '../../support/api-client';
import { productLogged, stockLogged, writeLogged } from '../../support/catalogue-log';
import { eventually } from '../../support/eventually';
import { orderBody } from '../../support/factories';
import { openDatabase } from '../../support/open-database';
import { rowsOf } from '../../support/rows';
import { startServicePair, type ServicePair } from '../../support/service-pair';

const LAMP = { productId: uuidv7(), stockId: uuidv7() };
const DESK = { productId: uuidv7(), stockId: uuidv7() };

describe('GET /events with products and stock', () => {
  let pair: ServicePair;
  let db: ServiceDatabase;
  let shop: ApiClient;
  let orderId: string;

  before(async () => {
    pair = await startServicePair({ variables: { CARRIER: 'manual' } });
    db = openDatabase(pair.environment['ORDER_DATABASE_URL']!);
    shop = await pair.client();
    await writeLogged(db, productLogged(LAMP.productId), productLogged(DESK.productId));
    await writeLogged(db, stockLogged(LAMP, 1, { type: 'STOCK_UPDATED' }));
    orderId = (await shop.post('/orders', orderBody({ customer_id: 'ada' }))).body.order_id as string;
    await writeLogged(db, stockLogged(LAMP, 2), stockLogged(LAMP, 3, { type: 'STOCK_LOW' }));
    await writeLogged(db, productLogged(LAMP.productId, 2, { type: 'PRODUCT_PRICE_CHANGED' }));
    await writeLogged(db, productLogged(uuidv7(), 1, { owner: 'demo-other' }));
    await untilPlaced();
  });
  after(async () => {
    await db.stop();
    await pair.stop();
  });

  /** Until every event has a position. */
  const untilPlaced = (): Promise<void> =>
    eventually(async () => {
      const [row] = await rowsOf<{ unplaced: number }>(
        pair.environment['ORDER_DATABASE_URL']!,
        'SELECT ((SELECT count(*) FROM events) - (SELECT count(*) FROM event_feed))::int AS unplaced',
      );
      expect(row!.unplaced).to.equal(0);
    });

  async function events(query = '', client = shop): Promise<AnyEvent[]> {
    const { status, body, text } = await client.get(`/events${query}`);
    expect(status, text).to.equal(200);
    return body.data as AnyEvent[];
  }

  const typesOf = async (query = '', client = shop): Promise<string[]> =>
    (await events(query, client)).map(({ type }) => type);

  const ALL = [
    'product.created',
    'product.created',
    'inventory.updated',
    'order.created',
    'inventory.reserved',
    'inventory.low',
    'product.price_changed',
  ];

  const EVERY_TYPE = `?types=${PUBLIC_EVENT_TYPES.join(',')}`;

  it('given no types, then the feed has the events of orders only, as before there were products, and its cursor passes the others', async () => {
    const { body } = await shop.get('/events');
    expect((body.data as AnyEvent[]).map(({ type }) => type)).to.deep.equal(['order.created']);
    expect((await shop.get(`/events?after=${body.next_cursor as string}`)).body.data).to.deep.equal([]);
    expect(await typesOf('', await pair.client('demo-other'))).to.deep.equal([]);
  });

  it('given all types, and orders, products and stock of a shop, then its feed has the events of all, in order, and no other shop reads them', async () => {
    const all = await events(EVERY_TYPE);
    expect(all.map(({ type }) => type)).to.deep.equal(ALL);
    expect(all[0]!.data.product).to.include({ product_id: LAMP.productId, version: 1 });
    expect(all[4])
      .to.include({ product_id: LAMP.productId, version: 2 })
      .and.not.to.have.property('order_id');
    expect(await typesOf(EVERY_TYPE, await pair.client('demo-other'))).to.deep.equal(['product.created']);
    expect(await typesOf(EVERY_TYPE, await pair.client('demo-operator'))).to.have.members([
      ...ALL,
      'product.created',
    ]);
  });

  it('given filters, then exactly the matching events are read, whatever the size of the page', async () => {
    const filters: [query: string, types: string[]][] = [
      ['types=inventory.low,product.created', ['product.created', 'product.created', 'inventory.low']],
      [`product_id=${DESK.productId}`, ['product.created']],
      [`product_id=${LAMP.productId}`, ALL.filter((type, index) => index !== 1 && type !== 'order.created')],
      [`product_id=${LAMP.productId}&types=inventory.reserved`, ['inventory.reserved']],
      ['', ['order.created']],
      [`order_id=${orderId}`, ['order.created']],
      ['customer_id=ada', ['order.created']],
      [`customer_id=ada&product_id=${LAMP.productId}`, []],
      [`order_id=${LAMP.productId}`, []],
    ];
    for (const [query, types] of filters) expect(await typesOf(`?${query}`), query).to.deep.equal(types);
    for (const [query, types] of filters) {
      const found: string[] = [];
      for (let after = ''; ;) {
        const { body } = await shop.get(`/events?limit=1&${query}${after}`);
        found.push(...(body.data as AnyEvent[]).map(({ type }) => type));
        if (!body.has_more) break;
        after = `&after=${body.next_cursor as string}`;
      }
      expect(found, query).to.deep.equal(types);
    }
  });

  it('given a reader that waits for a product, then its event wakes it, and events of other subjects do not', async () => {
    const { body: now } = await shop.get('/events?after=latest');
    const pen = { productId: uuidv7(), stockId: uuidv7() };
    const waiting = shop.get(`/events?after=${now.next_cursor}&wait=20&product_id=${pen.productId}`);
    await shop.post('/orders', orderBody());
    await writeLogged(db, stockLogged(LAMP, 4));
    await writeLogged(db, stockLogged(pen));
    const { body } = await waiting;
    expect((body.data as AnyEvent[]).map(({ type, product_id: id }) => [type, id])).to.deep.equal([
      ['inventory.reserved', pen.productId],
    ]);
  });

  it('given a product id that is none, then it is named', async () => {
    const { status, body } = await shop.get('/events?product_id=lamp');
    expect([status, body.errors[0].path]).to.deep.equal([400, 'product_id']);
  });
});
