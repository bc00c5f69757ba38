import { expect } from 'chai';
import { type ApiClient, apiClient } from '../../support/api-client';
import { countersOf, createProduct, expectExactStock, line } from '../../support/stock-scene';
import { testEnvironment } from '../../support/environment';
import { orderBody } from '../../support/factories';
import { countRows } from '../../support/rows';
import { serviceProcess, type ServiceProcess } from '../../support/service-process';

const BUYERS = 20;
const UNITS = 7;

describe('an Order Service that is killed while it reserves stock', function () {
  this.timeout(120_000);
  let environment: Record<string, string>;
  let service: ServiceProcess;
  let url: string;
  before(async () => {
    environment = await testEnvironment({ REDIS_URL: '', LOG_LEVEL: 'error' });
    url = environment['ORDER_DATABASE_URL']!;
    service = await serviceProcess('order-service', environment);
    await service.start();
  });
  after(() => service.kill('SIGKILL'));

  const buy = (shop: ApiClient, sku: string, buyer: number) =>
    shop.post(
      '/orders',
      { ...orderBody({ items: [line(sku)] }), customer_id: `buyer-${buyer}` },
      { 'Idempotency-Key': `${sku}-${buyer}` },
    );

  for (const [point, placedBefore] of [
    ['place-order.after-claim', 0],
    ['place-order.before-commit', 0],
    ['place-order.after-commit', 1],
  ] as const)
    it(`given a process that dies at ${point}, when the requests are repeated, then exactly the units that there are have been sold`, async () => {
      const shop = await apiClient(service.url, 'demo-client');
      const product = await createProduct(shop, { onHand: UNITS });
      await service.kill('SIGTERM');
      await service.start({ CRASH_POINT: point });
      const buyers = Array.from({ length: BUYERS }, (_, buyer) => buyer);
      const doomed = await Promise.allSettled(buyers.map((buyer) => buy(shop, product.sku, buyer)));
      expect(await service.ended()).to.equal('SIGKILL');
      expect(doomed.filter(({ status }) => status === 'fulfilled')).to.deep.equal([]);
      const { reserved } = await countersOf(url, product);
      expect(reserved).to.be.within(placedBefore, placedBefore * UNITS);
      await expectExactStock(url);

      await service.start();
      const repeats = await Promise.all(buyers.map((buyer) => buy(shop, product.sku, buyer)));
      expect(repeats.filter(({ status }) => status === 201)).to.have.length(UNITS);
      expect(repeats.filter(({ status }) => status === 409)).to.have.length(BUYERS - UNITS);
      expect(repeats.filter(({ headers }) => headers.get('idempotency-replayed') === 'true')).to.have.length(
        reserved,
      );
      expect(await countersOf(url, product)).to.deep.equal({ on_hand: UNITS, reserved: UNITS });
      expect(await countRows(url, 'order_items', `catalogue_id = '${product.product_id}'`)).to.equal(UNITS);
      await expectExactStock(url);
    });
});
