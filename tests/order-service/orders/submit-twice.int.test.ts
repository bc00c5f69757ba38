import { createHash } from 'node:crypto';
import { expect } from 'chai';
import {
  composeOrderService,
  type OrderService,
  readOrderServiceConfig,
} from '../../../src/order-service/composition';
import { canonicalJson } from '../../../src/shared/idempotency/idempotency-key';
import { startService, stopService } from '../../../src/shared/runtime/lifecycle';
import { bearerClient, type ApiClient } from '../../support/api-client';
import { eventually } from '../../support/eventually';
import { orderBody } from '../../support/factories';
import { countRows, rowsOf } from '../../support/rows';
import { silentLogger, startServicePair, type ServicePair } from '../../support/service-pair';

describe('an order that is sent twice without a key', () => {
  let pair: ServicePair;
  let second: OrderService;
  let shop: ApiClient;
  let shopElsewhere: ApiClient;
  let operator: ApiClient;
  let url: string;
  before(async () => {
    // The window is longer than any test, so that only cancellation can end a guard.
    pair = await startServicePair({
      variables: { SIMULATED_STEP_MS: '3600000', DUPLICATE_WINDOW_SECONDS: '3600' },
    });
    url = pair.environment['ORDER_DATABASE_URL']!;
    shop = await pair.client();
    operator = await pair.client('demo-operator');
    second = composeOrderService(
      readOrderServiceConfig({
        ...pair.environment,
        ORDER_SERVICE_PORT: '0',
        DELIVERY_SERVICE_URL: pair.deliveryUrl,
        DUPLICATE_WINDOW_SECONDS: '3600',
      }),
      { logger: silentLogger },
    );
    await startService(second);
    shopElsewhere = bearerClient(`http://127.0.0.1:${second.http.port()}`, shop.token);
  });
  after(async () => {
    await stopService(second);
    await pair.stop();
  });

  interface Placed {
    status: number;
    id: string;
  }
  async function place(body: object, client = shop): Promise<Placed> {
    const answer = await client.post('/orders', body);
    expect(answer.headers.get('idempotency-replayed'), answer.text).to.equal(
      answer.status === 200 ? 'true' : null,
    );
    return { status: answer.status, id: answer.body.order_id as string };
  }

  /** Sets the status of an order manually. */
  async function move(id: string, ...statuses: string[]): Promise<void> {
    for (const status of statuses)
      await eventually(async () => {
        const answer = await operator.put(`/orders/${id}/status`, { status });
        expect(answer.status, answer.text).to.equal(200);
      });
  }

  it('given orders that differ only in their metadata, then each is placed, and each repeat returns its own order', async () => {
    const bodies = [{}, { metadata: { gift_note: 'for Ada' } }, { metadata: { gift_note: 'for Bob' } }].map(
      (more) => ({
        ...orderBody({ customer_id: 'gifts' }),
        ...more,
      }),
    );
    const placed: Placed[] = [];
    for (const body of bodies) placed.push(await place(body));
    expect(placed.map(({ status }) => status)).to.deep.equal([201, 201, 201]);
    for (const [index, body] of bodies.entries())
      expect(await place(body)).to.deep.equal({ status: 200, id: placed[index]!.id });
  });

  it('given a cancelled order, when it is sent again, then it is a new order, and later repeats return the new order', async () => {
    const body = orderBody({ metadata: { po: '4711' } });
    const first = await place(body);
    expect(await place(body)).to.deep.equal({ status: 200, id: first.id });
    await move(first.id, 'CANCELLED');
    for (const client of [shop, shopElsewhere]) {
      const again = await place(body, client);
      if (client === shop) expect(again.status).to.equal(201);
      expect(again.id).not.to.equal(first.id);
    }
    expect(await countRows(url, 'orders', `customer_id = '${body.customer_id}'`)).to.equal(2);
    expect((await shop.get(`/orders/${first.id}`)).body.status).to.equal('CANCELLED');
  });

  it('given a cancelled order, when it is sent again many times at once through two instances, then there is one new order', async () => {
    const body = orderBody();
    const first = await place(body);
    for (let round = 2; round < 5; round += 1) {
      const [{ order_id: last }] = (await rowsOf<{ order_id: string }>(
        url,
        `SELECT order_id FROM idempotency_records WHERE order_id IN (SELECT order_id FROM orders WHERE customer_id = $1)`,
        [body.customer_id],
      )) as [{ order_id: string }];
      await move(last, 'CANCELLED');
      const all = [...Array(20)].map((_, index) => place(body, index % 2 === 0 ? shop : shopElsewhere));
      const answers = await Promise.all(all);
      expect(answers.filter(({ status }) => status === 201)).to.have.length(1);
      expect(new Set(answers.map(({ id }) => id)).size).to.equal(1);
      expect(answers[0]!.id).not.to.equal(first.id);
      expect(await countRows(url, 'orders', `customer_id = '${body.customer_id}'`)).to.equal(round);
    }
  });

  it('given a requested cancellation without an answer, then a repeat still returns the order', async () => {
    const body = orderBody();
    const first = await place(body);
    await rowsOf(url, `UPDATE orders SET cancellation = 'requested' WHERE order_id = $1`, [first.id]);
    expect(await place(body)).to.deep.equal({ status: 200, id: first.id });
  });

  it('given a delivered or returned order, then a late repeat still returns it', async () => {
    for (const end of [['DELIVERED'], ['DELIVERY_FAILED', 'RETURNED']]) {
      const body = orderBody();
      const first = await place(body);
      await move(first.id, 'SHIPPED', 'IN_TRANSIT', 'OUT_FOR_DELIVERY', ...end);
      expect(await place(body)).to.deep.equal({ status: 200, id: first.id });
    }
  });

  it('given a client_timestamp, then the repeat of a cancelled order returns that order', async () => {
    const body = orderBody({ client_timestamp: '2026-01-01T00:00:00Z' });
    const first = await place(body);
    await move(first.id, 'CANCELLED');
    for (const client of [shop, shopElsewhere])
      expect(await place(body, client)).to.deep.equal({ status: 200, id: first.id });
  });

  describe('and was recorded by the previous version', () => {
    /** Records an order like the previous version: without metadata in its key. */
    async function recordAsBefore(id: string, body: ReturnType<typeof orderBody>): Promise<void> {
      const lines = body.items.map((item) =>
        canonicalJson({
          productId: item.product_id,
          quantity: item.quantity,
          unitPrice: Math.round(item.unit_price * 100),
        }),
      );
      const time = 'client_timestamp' in body ? body.client_timestamp : null;
      const key = createHash('sha256')
        .update(canonicalJson([body.customer_id, lines.sort(), 'USD', time]))
        .digest('hex');
      await rowsOf(
        url,
        'UPDATE idempotency_records SET key = $2, fingerprint = $2, until_cancelled = false WHERE order_id = $1',
        [id, key],
      );
    }

    for (const [name, more] of [
      ['without metadata', {}],
      ['with metadata', { metadata: { gift_note: 'for Ada' } }],
      [
        'with metadata and a client_timestamp',
        { metadata: { note: 'a' }, client_timestamp: '2026-01-01T00:00:00Z' },
      ],
    ] as const)
      it(`given one ${name}, then its repeat returns it at every instance, and a different order is placed`, async () => {
        const body = orderBody(more);
        const { id } = await place(body);
        await recordAsBefore(id, body);
        for (const client of [shop, shopElsewhere])
          expect(await place(body, client)).to.deep.equal({ status: 200, id });
        const other = await place({ ...body, metadata: { gift_note: 'for Bob' } });
        expect(other.status).to.equal(201);
        expect(await place({ ...body, metadata: { gift_note: 'for Bob' } })).to.deep.equal({
          status: 200,
          id: other.id,
        });
      });

    it('given an order whose window has passed, or a cancelled order, then the repeat is a new order', async () => {
      for (const end of ['window', 'cancellation']) {
        const body = orderBody({ metadata: { note: end } });
        const { id } = await place(body);
        await recordAsBefore(id, body);
        if (end === 'cancellation') await move(id, 'CANCELLED');
        else
          await rowsOf(
            url,
            `UPDATE idempotency_records SET expires_at = now() - interval '1 s' WHERE order_id = $1`,
            [id],
          );
        const again = await place(body);
        expect(again.status, end).to.equal(201);
        expect(await place(body)).to.deep.equal({ status: 200, id: again.id });
      }
    });
  });

  describe('as lines of a bulk request', () => {
    const bulk = async (bodies: readonly object[], client = shop): Promise<Placed[]> => {
      const text = bodies.map((body) => JSON.stringify(body)).join('\n');
      const answer = await client.post('/orders/bulk', text, { 'Content-Type': 'application/x-ndjson' });
      return answer.text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { status: number; order: { order_id: string } })
        .map(({ status, order }) => ({ status, id: order.order_id }));
    };

    it('given equal lines, then each is an order, and a repeat of the request returns each', async () => {
      const [one, other] = [orderBody(), orderBody()];
      const lines = [one, other, one, one, other];
      const placed = await bulk(lines);
      expect(placed.map(({ status }) => status)).to.deep.equal([201, 201, 201, 201, 201]);
      expect(new Set(placed.map(({ id }) => id)).size).to.equal(5);
      const replayed = placed.map(({ id }) => ({ status: 200, id }));
      expect(await bulk(lines, shopElsewhere)).to.deep.equal(replayed);
      expect(await place(one)).to.deep.equal(replayed[0]);
      // One additional line is one additional order.
      expect((await bulk([...lines, one])).map(({ status }) => status)).to.deep.equal([
        200, 200, 200, 200, 200, 201,
      ]);
    });

    it('given equal lines of which one order was cancelled, then a repeat of the request places only that one again', async () => {
      const one = orderBody();
      const placed = await bulk([one, one, one]);
      await move(placed[1]!.id, 'CANCELLED');
      const again = await bulk([one, one, one]);
      expect(again.map(({ status }) => status)).to.deep.equal([200, 201, 200]);
      expect([again[0]!.id, again[2]!.id]).to.deep.equal([placed[0]!.id, placed[2]!.id]);
    });

    it('given equal lines between invalid lines, then only valid lines count', async () => {
      const one = orderBody();
      const broken = { ...one, items: [] };
      const text = [one, broken, one].map((body) => JSON.stringify(body)).join('\n');
      const answer = await shop.post('/orders/bulk', text, { 'Content-Type': 'application/x-ndjson' });
      const statuses = answer.text
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { status: number }).status);
      expect(statuses).to.deep.equal([201, 400, 201]);
      expect((await bulk([one, one])).map(({ status }) => status)).to.deep.equal([200, 200]);
    });
  });
});
