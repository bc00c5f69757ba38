import { expect } from 'chai';
import { type ApiClient } from '../support/api-client';
import { eventually } from '../support/eventually';
import { rowsOf } from '../support/rows';
import { startServicePair, type ServicePair } from '../support/service-pair';

const CUSTOMER = 'c-😀';
const PRODUCT = '鍵盤 🎹 \u0085\u2028';
const SHIPPING = {
  carrier: '🚚 Spedition Müller',
  tracking_number: 'T-𝟙-🚀',
  estimated_delivery: '2026-12-01T00:00:00.000Z',
};

describe('characters above U+FFFF with the SQS emulator of local mode', () => {
  let pair: ServicePair;
  let shop: ApiClient;
  let operator: ApiClient;
  before(async () => {
    pair = await startServicePair({ variables: { SIMULATED_STEP_MS: '3600000' } });
    [shop, operator] = await Promise.all([pair.client(), pair.client('demo-operator')]);
  });
  after(() => pair.stop());

  let count = 0;
  async function acceptedOrder(): Promise<string> {
    const items = [{ product_id: PRODUCT, quantity: (count += 1), unit_price: 2.5 }];
    const placed = await shop.post('/orders', { customer_id: CUSTOMER, items });
    expect(placed.status, placed.text).to.equal(201);
    const id = placed.body.order_id as string;
    await eventually(async () =>
      expect((await shop.get(`/orders/${id}/shipment`)).body.status).to.equal('PROCESSING'),
    );
    return id;
  }

  it('given an order with an emoji, shipped by an operator with another emoji, then it is delivered and every view shows the same text', async () => {
    const id = await acceptedOrder();
    const steps = [{ status: 'SHIPPED', ...SHIPPING }, 'IN_TRANSIT', 'OUT_FOR_DELIVERY', 'DELIVERED'];
    for (const step of steps) {
      const body = typeof step === 'string' ? { status: step } : step;
      expect((await operator.put(`/orders/${id}/status`, body)).status).to.equal(200);
    }
    const order = (await shop.get(`/orders/${id}`)).body;
    expect(order).to.deep.include({ status: 'DELIVERED', customer_id: CUSTOMER, shipping: SHIPPING });
    expect(order.items[0].product_id).to.equal(PRODUCT);
    const shipment = await rowsOf(
      pair.environment['DELIVERY_DATABASE_URL']!,
      `SELECT customer_id, items->0->>'product_id' AS product, carrier, tracking_number FROM shipments WHERE order_id = $1`,
      [id],
    );
    expect(shipment).to.deep.equal([
      {
        customer_id: CUSTOMER,
        product: PRODUCT,
        carrier: SHIPPING.carrier,
        tracking_number: SHIPPING.tracking_number,
      },
    ]);
    await eventually(async () => expect(await unpublished()).to.equal(0));
  });

  it('given shipping data that only a message contains, then the order gets it from the queue', async () => {
    const id = await acceptedOrder();
    const { shipment_id: shipmentId } = (await shop.get(`/orders/${id}/shipment`)).body;
    const { token } = operator;
    const answer = await fetch(`${pair.deliveryUrl}/shipments/${shipmentId}/status`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ status: 'SHIPPED', ...SHIPPING }),
    });
    expect(answer.status).to.equal(200);
    await eventually(async () =>
      expect((await shop.get(`/orders/${id}`)).body).to.deep.include({
        status: 'SHIPPED',
        shipping: SHIPPING,
      }),
    );
  });

  async function unpublished(): Promise<number> {
    const urls = ['ORDER_DATABASE_URL', 'DELIVERY_DATABASE_URL'].map((name) => pair.environment[name]!);
    const counts = await Promise.all(
      urls.map((url) => rowsOf<{ count: number }>(url, 'SELECT count(*)::int AS count FROM outbox')),
    );
    return counts.reduce((sum, [row]) => sum + row!.count, 0);
  }
});
