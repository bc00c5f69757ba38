import { expect } from 'chai';
import { bearerClient, send } from '../../support/api-client';
import { eventually } from '../../support/eventually';
import { orderBody } from '../../support/factories';
import { rowsOf } from '../../support/rows';
import { startServicePair, type ServicePair } from '../../support/service-pair';
import { startStrictSqs, type StrictSqsServer } from '../../support/strict-sqs/server';
import { ensureQueues } from '../../../src/shared/queue/create-queues';

const REFUSED = /^events that the queue refuses: 1; the oldest happened \d+ s ago$/;

describe('health and metrics while a queue refuses events', () => {
  let sqs: StrictSqsServer;
  let pair: ServicePair;
  before(async () => {
    sqs = await startStrictSqs();
    await ensureQueues(sqs.client, 'h-');
    pair = await startServicePair({ variables: { SQS_ENDPOINT: sqs.endpoint, QUEUE_NAME_PREFIX: 'h-' } });
  });
  after(async () => {
    await pair.stop();
    await sqs.stop();
  });

  for (const [service, database, urlOf] of [
    ['Order Service', 'ORDER_DATABASE_URL', () => pair.orderUrl],
    ['Delivery Service', 'DELIVERY_DATABASE_URL', () => pair.deliveryUrl],
  ] as const) {
    it(`given the ${service}, then its outbox is down with count and age, until the queue accepts the event`, async () => {
      const url = pair.environment[database]!;
      const outbox = async () => (await send(`${urlOf()}/health`, 'GET')).body;
      expect((await outbox()).components.outbox).to.deep.equal({ status: 'up' });
      await insertEvent(url, "repeat('x', 300000)");
      await eventually(async () => {
        const health = await outbox();
        expect(health.status).to.equal('degraded');
        expect(health.components.outbox.status).to.equal('down');
        expect(health.components.outbox.error).to.match(REFUSED);
      });
      const { token } = await pair.client('demo-operator');
      const { text } = await bearerClient(urlOf(), token).get('/metrics');
      expect(text).to.match(/^events_refused\{[^}]*\} 1$/m);
      expect(text).to.match(/^events_refused_total\{[^}]*\} [1-9]\d*$/m);
      expect(text).to.match(/^events_unpublished\{[^}]*\} 1$/m);
      await rowsOf(
        url,
        `UPDATE events SET payload = '{}' WHERE type = 'TOO_LARGE'; UPDATE outbox SET next_attempt_at = now()`,
      );
      await eventually(async () => expect((await outbox()).components.outbox.status).to.equal('up'));
    });
  }

  it('given a refused event, then other orders are delivered, and the age of the oldest event is reported', async () => {
    await insertEvent(pair.environment['ORDER_DATABASE_URL']!, "repeat('x', 300000)", '1 h');
    const shop = await pair.client();
    const { order_id: orderId } = (await shop.post('/orders', orderBody())).body;
    await eventually(async () => {
      sqs.clock.advance(1);
      expect((await shop.get(`/orders/${orderId}`)).body.status).to.equal('DELIVERED');
    });
    const queues = (await (await pair.client('demo-operator')).get('/queues')).body.data;
    const orders = queues.find(({ name }: { name: string }) => name === 'orders-queue.fifo');
    expect(orders.oldest_unpublished_age_seconds).to.be.within(3_600, 3_700);
  });

  /** An event of an earlier version that is too large for every queue. */
  const insertEvent = (url: string, text: string, age = '0 s') =>
    rowsOf(
      url,
      `INSERT INTO events (event_id, order_id, version, type, payload, actor, correlation_id, traceparent, occurred_at, queue)
       SELECT gen_random_uuid(), gen_random_uuid(), 1, 'TOO_LARGE', jsonb_build_object('text', ${text}), 'a', 'c', 't',
              now() - interval '${age}', CASE current_database() WHEN '${databaseName('ORDER_DATABASE_URL')}'
                THEN 'orders-queue.fifo' ELSE 'delivery-status-queue.fifo' END`,
    );

  const databaseName = (variable: string): string => new URL(pair.environment[variable]!).pathname.slice(1);
});
