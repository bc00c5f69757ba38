import { expect } from 'chai';
import { v7 as uuidv7 } from 'uuid';
import { type ServiceDatabase } from '../../../src/shared/postgres/database';
import { type ApiClient } from '../../support/api-client';
import { productLogged, stockLogged, writeLogged } from '../../support/catalogue-log';
import { type EventListener, listen } from '../../support/event-listener';
import { orderBody } from '../../support/factories';
import { openDatabase } from '../../support/open-database';
import { startServicePair, type ServicePair } from '../../support/service-pair';
import { openWebSocket } from '../../support/websocket-client';

describe('streams of the events of products and stock', function () {
  this.timeout(60_000);
  let pair: ServicePair;
  let db: ServiceDatabase;
  let shop: ApiClient;
  const open: EventListener[] = [];

  before(async () => {
    pair = await startServicePair({ variables: { CARRIER: 'manual' } });
    db = openDatabase(pair.environment['ORDER_DATABASE_URL']!);
    shop = await pair.client();
  });
  after(async () => {
    await db.stop();
    await pair.stop();
  });
  afterEach(() => open.splice(0).forEach((listener) => listener.close()));

  async function hear(path: string, token = shop.token, headers = {}): Promise<EventListener> {
    const listener = await listen(pair.orderUrl + path, token, headers);
    open.push(listener);
    return listener;
  }

  const placeOrder = async (): Promise<string> =>
    (await shop.post('/orders', orderBody())).body.order_id as string;
  const newProduct = () => ({ productId: uuidv7(), stockId: uuidv7() });
  const namesOf = ({ messages }: EventListener): string[] => messages.map(({ name }) => name);

  it('given events of orders and products, then each stream has those of its topic only', async () => {
    const ofOrders = await hear('/orders/events');
    const ofProducts = await hear('/products/events');
    const lamp = newProduct();
    await writeLogged(db, productLogged(lamp.productId), stockLogged(lamp));
    const orderId = await placeOrder();
    const ofOrder = await hear(`/orders/${orderId}/events`);
    await writeLogged(db, stockLogged(lamp, 2, { type: 'STOCK_RELEASED' }));
    await ofProducts.until(3);
    await shop.post(`/orders/${orderId}/cancel`);
    await ofOrders.until(2);
    await ofOrder.until(2);
    expect(namesOf(ofProducts)).to.deep.equal([
      'product.created',
      'inventory.reserved',
      'inventory.released',
    ]);
    expect(ofProducts.messages.map(({ data }) => data.product_id)).to.deep.equal(
      Array(3).fill(lamp.productId),
    );
    for (const { messages } of [ofOrders, ofOrder])
      expect(messages.map(({ name }) => name)).to.deep.equal([
        'order.created',
        'order.cancellation_requested',
      ]);
  });

  it('given filters, then only the matching events are sent', async () => {
    const [lamp, desk] = [newProduct(), newProduct()];
    const ofLamp = await hear(`/products/events?product_id=${lamp.productId}`);
    const low = await hear('/products/events?types=inventory.low,product.deleted');
    await writeLogged(db, stockLogged(lamp), stockLogged(lamp, 2, { type: 'STOCK_LOW' }), stockLogged(desk));
    await writeLogged(db, productLogged(desk.productId, 1, { type: 'PRODUCT_DELETED' }));
    await writeLogged(db, productLogged(lamp.productId));
    await Promise.all([ofLamp.until(3), low.until(2)]);
    expect(namesOf(ofLamp)).to.deep.equal(['inventory.reserved', 'inventory.low', 'product.created']);
    expect(namesOf(low)).to.deep.equal(['inventory.low', 'product.deleted']);
  });

  it('given a reader that connects again, then it gets each event behind its last id once, also when orders lie between', async () => {
    const lamp = newProduct();
    const first = await hear('/products/events');
    await writeLogged(db, productLogged(lamp.productId));
    await first.until(1);
    first.close();
    await placeOrder();
    for (const version of [1, 2, 3]) await writeLogged(db, stockLogged(lamp, version));
    const second = await hear('/products/events', shop.token, { 'Last-Event-ID': first.lastId()! });
    await second.until(3);
    await writeLogged(db, stockLogged(lamp, 4));
    await second.until(4);
    expect(second.messages.map(({ data }) => data.version)).to.deep.equal([1, 2, 3, 4]);
    const feed = await shop.get(`/events?after=${first.lastId()!}&types=inventory.reserved`);
    expect(second.messages.map(({ data }) => data)).to.deep.equal(feed.body.data);
  });

  it('given another shop, then it receives none of the events; an operator receives those of all', async () => {
    const [other, operator] = [await pair.client('demo-other'), await pair.client('demo-operator')];
    const ofOther = await hear('/products/events', other.token);
    const ofOperator = await hear('/products/events', operator.token);
    const [mine, theirs] = [uuidv7(), uuidv7()];
    await writeLogged(db, productLogged(mine));
    await writeLogged(db, productLogged(theirs, 1, { owner: 'demo-other' }));
    await Promise.all([ofOperator.until(2), ofOther.until(1)]);
    expect(ofOperator.messages.map(({ data }) => data.product_id)).to.deep.equal([mine, theirs]);
    expect(ofOther.messages.map(({ data }) => data.product_id)).to.deep.equal([theirs]);
    const { status, body } = await shop.get('/products/events?types=order.created');
    expect([status, body.errors[0].path]).to.deep.equal([400, 'types[0]']);
  });

  it('given a WebSocket, then a subscription to products receives their events, and earlier subscriptions none of them', async () => {
    const client = await openWebSocket(`${pair.orderUrl}/ws`, { token: shop.token });
    const lamp = newProduct();
    const subscribe = async (id: string, members: object = {}) => {
      client.send({ action: 'subscribe', id, ...members });
      return client.next('subscribed', id);
    };
    await subscribe('orders');
    const { cursor } = await subscribe('lamp', { topic: 'products', product_id: lamp.productId });
    await writeLogged(db, productLogged(uuidv7()), productLogged(lamp.productId), stockLogged(lamp));
    const created = await client.next('event', 'lamp');
    expect(created.event).to.include({ type: 'product.created', product_id: lamp.productId });
    expect((await client.next('event', 'lamp')).event).to.include({ type: 'inventory.reserved', version: 1 });
    await subscribe('again', { topic: 'products', types: ['inventory.reserved'], after: cursor });
    expect((await client.next('event', 'again')).event.product_id).to.equal(lamp.productId);
    const orderId = await placeOrder();
    expect((await client.next('event', 'orders')).event.order_id).to.equal(orderId);
    client.socket.terminate();
  });
});
