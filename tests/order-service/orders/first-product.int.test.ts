import { expect } from 'chai';
import { orderBody } from '../../support/factories';
import { startServicePair, type ServicePair } from '../../support/service-pair';
import { countersOf, createProduct, expectExactStock, line } from '../../support/stock-scene';

describe('an owner whose first product is created at another instance', () => {
  let pair: ServicePair;
  before(async () => {
    pair = await startServicePair({ variables: { SIMULATED_STEP_MS: '3600000' } });
  });
  after(() => pair.stop());

  it('given orders that are sent at once, then those of the owner are looked up, also repeats, and the others are not delayed', async () => {
    const [shop, other] = [await pair.client(), await pair.client('demo-other')];
    const url = pair.environment['ORDER_DATABASE_URL']!;
    const priced = { unit_price: 5 };
    expect((await shop.post('/orders', orderBody())).status).to.equal(201);
    const lamp = await createProduct(shop, { onHand: 1 });
    const body = orderBody({ items: [line(lamp, 1, priced)] });
    const key = { 'Idempotency-Key': 'first-of-shop' };
    const answers = await Promise.all([
      shop.post('/orders', body, key),
      shop.post('/orders', body, key),
      other.post('/orders', orderBody({ items: [line(lamp, 1, priced)] })),
      shop.post('/orders', orderBody({ items: [line('free', 1, priced)] })),
    ]);
    expect(answers.map(({ status }) => status)).to.deep.equal([201, 201, 201, 201]);
    expect(answers[1]!.text).to.equal(answers[0]!.text);
    expect(answers.map(({ body: { items } }) => items[0].name as string | undefined)).to.deep.equal([
      `Product ${lamp.sku}`,
      `Product ${lamp.sku}`,
      undefined,
      undefined,
    ]);
    expect(await countersOf(url, lamp)).to.deep.equal({ on_hand: 1, reserved: 1 });
    await expectExactStock(url);
  });
});
