import { expect } from 'chai';
import fc, { type Arbitrary } from 'fast-check';
import { DELIVERY_MIGRATIONS } from '../../../src/delivery-service/store/migrations';
import { runMigrations } from '../../../src/shared/postgres/migrate';
import { bearerClient, type ApiClient } from '../../support/api-client';
import { eventually } from '../../support/eventually';
import { orderBody } from '../../support/factories';
import { rowsOf } from '../../support/rows';
import { startServicePair, type ServicePair } from '../../support/service-pair';

interface Step {
  /** The service that receives the request. */
  service: 'orders' | 'shipments';
  /** The next status, if the step is legal; null: only the shipping changes. */
  move: 'onwards' | 'cancel' | null;
  shipping: Partial<Record<'carrier' | 'tracking_number' | 'estimated_delivery', string>>;
}

const members = {
  tracking_number: fc.constantFrom('T-1', 'T-2', '4 Ω'),
  estimated_delivery: fc.constantFrom(
    '2026-12-01T00:00:00Z',
    '2026-12-02T10:00:00+02:00',
    '9999-12-31T23:59:59.999Z',
  ),
};

/** Mostly without a carrier. */
const shipping: Arbitrary<Step['shipping']> = fc.oneof(
  { arbitrary: fc.record(members, { requiredKeys: [] }), weight: 4 },
  { arbitrary: fc.record({ carrier: fc.constantFrom('post', 'courier'), ...members }), weight: 1 },
);

const step: Arbitrary<Step> = fc.record({
  service: fc.constantFrom('orders', 'shipments'),
  move: fc.oneof(
    { arbitrary: fc.constantFrom('onwards', null), weight: 9 },
    { arbitrary: fc.constant('cancel'), weight: 1 },
  ),
  shipping,
});

const NEXT: Record<string, string> = {
  PROCESSING: 'SHIPPED',
  SHIPPED: 'IN_TRANSIT',
  IN_TRANSIT: 'OUT_FOR_DELIVERY',
  OUT_FOR_DELIVERY: 'DELIVERED',
};

describe('the shipping of an order', () => {
  let pair: ServicePair;
  let operator: ApiClient;
  let deliveryOperator: ApiClient;
  let shop: ApiClient;
  before(async () => {
    pair = await startServicePair({ variables: { SIMULATED_STEP_MS: '3600000' } });
    operator = await pair.client('demo-operator');
    deliveryOperator = bearerClient(pair.deliveryUrl, operator.token);
    shop = await pair.client();
  });
  after(() => pair.stop());

  /** The shipment of a new order. */
  async function acceptedOrder(): Promise<{ order_id: string; shipment_id: string }> {
    const { order_id: orderId } = (await shop.post('/orders', orderBody())).body;
    return eventually(async () => {
      const answer = await shop.get(`/orders/${orderId}/shipment`);
      expect(answer.status).to.equal(200);
      return answer.body;
    });
  }

  async function take(
    ids: { order_id: string; shipment_id: string },
    { service, move, shipping }: Step,
  ): Promise<void> {
    const { status } = (await shop.get(`/orders/${ids.order_id}/shipment`)).body;
    const client = service === 'orders' ? operator : deliveryOperator;
    const path = `/${service}/${service === 'orders' ? ids.order_id : ids.shipment_id}`;
    const next = move === 'cancel' ? 'CANCELLED' : NEXT[status as string];
    const answer =
      move === null || next === undefined
        ? await client.put(`${path}/shipping`, shipping)
        : await client.put(`${path}/status`, { status: next, ...shipping });
    // A change replaces the whole shipping; after a final status it is refused.
    expect(answer.status).to.be.oneOf([200, 400, 409]);
  }

  it('given any manual steps through either service, then the order shows the shipping of the shipment', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 6 }), async (steps) => {
        const ids = await acceptedOrder();
        for (const one of steps) await take(ids, one);
        const [shipment] = (await deliveryOperator.get(`/shipments?order_id=${ids.order_id}`)).body.data;
        const { carrier, tracking_number, estimated_delivery } = shipment;
        const isKnown = [carrier, tracking_number, estimated_delivery].some((value) => value !== null);
        const expected = isKnown ? { carrier, tracking_number, estimated_delivery } : null;
        await eventually(async () => {
          const order = (await shop.get(`/orders/${ids.order_id}`)).body;
          expect(order.shipping).to.deep.equal(expected);
          const { data } = (await shop.get(`/orders?customer_id=${order.customer_id}`)).body;
          expect(data[0].shipping).to.deep.equal(expected);
        });
      }),
      { numRuns: 10, endOnFailure: true },
    );
  }).timeout(60_000);

  it('given a tracking number and a date but no carrier, then the order, its shipment and the export show them', async () => {
    const { order_id: orderId } = await acceptedOrder();
    const known = { tracking_number: 'T-9', estimated_delivery: '2026-12-01T00:00:00.000Z' };
    const shipped = await operator.put(`/orders/${orderId}/status`, { status: 'SHIPPED', ...known });
    expect(shipped.body.shipping).to.deep.equal({ carrier: null, ...known });
    expect((await shop.get(`/orders/${orderId}/shipment`)).body).to.include({ carrier: null, ...known });
    const csv = await shop.get(`/orders/export?format=csv&status=SHIPPED`);
    expect(csv.text.split('\r\n').find((line) => line.startsWith(orderId))).to.contain(
      ',,T-9,2026-12-01T00:00:00.000Z,',
    );
    const moved = await operator.put(`/orders/${orderId}/status`, { status: 'IN_TRANSIT', carrier: 'post' });
    expect(moved.body.shipping).to.deep.equal({ carrier: 'post', ...known });
  });

  it('given a database in which an order has lost tracking number and date, when it is migrated, then the order shows them, with a final status or not', async () => {
    const known = { tracking_number: 'T-7', estimated_delivery: '2026-12-01T00:00:00.123Z' };
    const open = await acceptedOrder();
    const ended = await acceptedOrder();
    await deliveryOperator.put(`/shipments/${open.shipment_id}/status`, { status: 'SHIPPED', ...known });
    await deliveryOperator.put(`/shipments/${ended.shipment_id}/status`, { status: 'CANCELLED', ...known });
    const shippingOf = async ({ order_id: id }: { order_id: string }) =>
      (await shop.get(`/orders/${id}`)).body.shipping;
    for (const ids of [open, ended])
      await eventually(async () => expect(await shippingOf(ids)).to.include({ tracking_number: 'T-7' }));
    // The state that the previous version left.
    const orders = pair.environment['ORDER_DATABASE_URL']!;
    await rowsOf(
      orders,
      'UPDATE orders SET tracking_number = NULL, estimated_delivery = NULL WHERE order_id = ANY ($1)',
      [[open.order_id, ended.order_id]],
    );
    const delivery = pair.environment['DELIVERY_DATABASE_URL']!;
    await rowsOf(
      delivery,
      `DELETE FROM schema_migrations WHERE name LIKE '%report_shipping_without_carrier%'`,
    );
    await runMigrations('delivery-service', delivery, DELIVERY_MIGRATIONS);
    for (const ids of [open, ended])
      await eventually(async () => expect(await shippingOf(ids)).to.deep.equal({ carrier: null, ...known }));
    const { data } = (await shop.get(`/orders/${ended.order_id}/timeline`)).body;
    expect(data.at(-1)).to.include({ type: 'ORDER_SHIPPING_CHANGED', actor: 'delivery-service' });
  });
});
