import { expect } from 'chai';
import sinon, { type SinonFakeTimers } from 'sinon';
import { type ApiClient } from '../../support/api-client';
import { orderBody } from '../../support/factories';
import { createProduct, line } from '../../support/stock-scene';
import { countStatements, type StatementCounter } from '../../support/statement-counter';
import { startServicePair, type ServicePair } from '../../support/service-pair';

const items = (count: number) =>
  Array.from({ length: count }, (_, line) => ({ product_id: `p-${line}`, quantity: 1, unit_price: 1 }));

/**
 * BEGIN, the idempotency record, whether the owner has products, the order, its items, its event with the row of the outbox, COMMIT.
 */
const STATEMENTS_OF_CREATE = 7;
/** The transaction waits for the claim of the idempotency record, then for the COMMIT. */
const ROUND_TRIPS_OF_CREATE = 2;

/**
 * The products, in a transaction with a change of the planner; then BEGIN, the idempotency record, the limit of lock waits, a change of the
 * planner, the locks of the stock, the stock, its ledger and its events, the order, its items, its event with the row of the outbox, COMMIT.
 */
const STATEMENTS_WITH_STOCK = 4 + 12;
/** For the products, then as without them. */
const ROUND_TRIPS_WITH_STOCK = 3;

describe('round trips to the database', () => {
  let pair: ServicePair;
  let client: ApiClient;
  let counter: StatementCounter;
  let orderId: string;
  let clock: SinonFakeTimers;
  const placedBefore = orderBody();

  before(async () => {
    pair = await startServicePair();
    // Later processing of an order is not part of the cost of placing it.
    await pair.orders.relay.stop();
    client = await pair.client();
    counter = countStatements();
    // Cached look-ups (revocation of the token, identity of the database) are done here, once.
    orderId = (await client.post('/orders', placedBefore, { 'Idempotency-Key': 'first' })).body.order_id;
    await client.get('/orders');
    // The token is looked up every two seconds; the fake clock prevents that.
    clock = sinon.useFakeTimers({ now: Date.now(), toFake: ['Date'] });
  });
  after(async () => {
    clock.restore();
    counter.remove();
    await pair.stop();
  });

  it('given an order of one item, when it is placed, then it takes seven statements in two round trips', async () => {
    const asked = await counter.during((headers) =>
      client.post('/orders', orderBody({ items: items(1) }), headers),
    );
    expect(asked.statements.length, asked.statements.join('\n')).to.equal(STATEMENTS_OF_CREATE);
    expect(asked.roundTrips).to.equal(ROUND_TRIPS_OF_CREATE);
  });

  it('given an order of a hundred items, when it is placed, then it takes as many statements as an order of one item', async () => {
    const place = (count: number) =>
      counter.during((headers) => client.post('/orders', orderBody({ items: items(count) }), headers));
    const [one, hundred] = [await place(1), await place(100)];
    expect(hundred).to.deep.equal(one);
  });

  it('given an order of stock-kept products, when it is placed, then it waits once more, for the products, however many there are', async () => {
    const other = await pair.client('demo-other');
    const products = [
      await createProduct(other, { onHand: 1_000 }),
      await createProduct(other, { onHand: 1_000 }),
      await createProduct(other),
    ];
    const place = (count: number) =>
      counter.during((headers) =>
        other.post(
          '/orders',
          orderBody({ items: products.slice(0, count).map((one) => line(one)) }),
          headers,
        ),
      );
    // The first order of an owner that has products finds that out.
    await place(1);
    const [one, three] = [await place(1), await place(3)];
    expect(one.statements.length, one.statements.join('\n')).to.equal(STATEMENTS_WITH_STOCK);
    expect(one.roundTrips).to.equal(ROUND_TRIPS_WITH_STOCK);
    expect(three).to.deep.equal(one);
  });

  it('given many orders at once, when they are placed, then they share statements', async () => {
    const orders = 50;
    const { statements } = await counter.during((headers) =>
      Promise.all(Array.from({ length: orders }, () => client.post('/orders', orderBody(), headers))),
    );
    expect(statements.length).to.be.within(1, orders * STATEMENTS_OF_CREATE - 1);
  });

  it('given one order sent many times at once, then the repeats share statements', async () => {
    const body = orderBody();
    const repeats = 50;
    const { statements } = await counter.during((headers) =>
      Promise.all(
        Array.from({ length: repeats }, () =>
          client.post('/orders', body, { ...headers, 'Idempotency-Key': 'at-once' }),
        ),
      ),
    );
    expect(statements.length).to.be.below(repeats);
  });

  const operations: [
    name: string,
    roundTrips: number,
    act: (headers: Record<string, string>) => Promise<unknown>,
  ][] = [
    ['an order is read', 1, (headers) => client.get(`/orders/${orderId}`, headers)],
    ['a page of orders is read', 1, (headers) => client.get('/orders?limit=100', headers)],
    ['a timeline is read', 2, (headers) => client.get(`/orders/${orderId}/timeline`, headers)],
    [
      'an order is placed again under its key',
      0,
      (headers) => client.post('/orders', placedBefore, { ...headers, 'Idempotency-Key': 'first' }),
    ],
    [
      'a cancellation is requested',
      4,
      (headers) => client.post(`/orders/${orderId}/cancel`, undefined, headers),
    ],
  ];
  for (const [name, roundTrips, act] of operations) {
    it(`when ${name}, then it takes at most ${String(roundTrips)} round trips`, async () => {
      const asked = await counter.during(act);
      expect(asked.roundTrips, asked.statements.join('\n')).to.be.at.most(roundTrips);
      expect(asked.roundTrips === 0).to.equal(roundTrips === 0);
    });
  }
});
