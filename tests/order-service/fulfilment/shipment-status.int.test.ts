import { UNAVAILABLE } from '../../../src/shared/contracts/problem';
import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { type ServiceClient } from '../../../src/shared/resilience/service-client';
import { AppError } from '../../../src/shared/errors';
import { DELIVERY_STATUS_QUEUE } from '../../../src/shared/contracts/queues';
import {
  composeOrderService,
  type OrderService,
  readOrderServiceConfig,
} from '../../../src/order-service/composition';
import { recordUnknownOrders } from '../../../src/order-service/fulfilment/use-cases/findings';
import { createApplyShipmentStatus } from '../../../src/order-service/orders/use-cases/apply-shipment-status';
import { shipmentStatusConsumer } from '../../../src/order-service/fulfilment/workers/shipment-status-consumer';
import { stopService } from '../../../src/shared/runtime/lifecycle';
import { createDatabase } from '../../../src/shared/postgres/database';
import { testEnvironment } from '../../support/environment';
import { envelope, statusPayload } from '../../support/messages';
import { countRows, rowsOf } from '../../support/rows';
import { silentLogger } from '../../support/service-pair';

const STEPS = ['PROCESSING', 'SHIPPED', 'IN_TRANSIT', 'OUT_FOR_DELIVERY', 'DELIVERED'];

describe('the consumer of the delivery status queue', () => {
  let environment: Record<string, string>;
  let orders: OrderService;
  let database: ReturnType<typeof createDatabase>;
  before(async () => {
    environment = await testEnvironment();
    const config = readOrderServiceConfig(environment);
    orders = composeOrderService(config, { logger: silentLogger });
    database = createDatabase(config.ORDER_DATABASE_URL, 'test', config, silentLogger);
  });
  after(async () => {
    await stopService(orders);
    await database.stop();
  });

  it('given repeated and late messages, when all are handled, then each was applied once, in order', async () => {
    const { handle, orderId, messages } = await scene();
    const [first, second, third, fourth, fifth] = messages as [string, string, string, string, string];
    for (const body of [
      first,
      first,
      second,
      first,
      second,
      third,
      third,
      fourth,
      second,
      fifth,
      fifth,
      first,
    ]) {
      await handle(body);
    }
    await expectDelivered(orderId);
  });

  it('given messages in reverse order, when the missing ones can be fetched, then the order is up to date at once and later messages change nothing', async () => {
    const { handle, orderId, messages, fetched } = await scene();
    for (const body of messages.toReversed()) await handle(body);
    await expectDelivered(orderId);
    expect(fetched()).to.equal(1);
  });

  it('given a gap that cannot be filled now, then nothing is applied and the message is delivered again', async () => {
    const { handle, orderId, messages } = await scene({ isDown: true });
    const error = await handle(messages[2]!).catch((thrown: unknown) => thrown);
    expect(error).to.be.instanceOf(AppError).with.property('retryable', true);
    expect(await statusOf(orderId)).to.deep.equal({ status: 'PENDING_SHIPMENT', shipment_version: 0 });
  });

  it('given the same message handled ten times at once, then one event is written', async () => {
    const { handle, orderId, messages } = await scene();
    await handle(messages[0]!);
    await Promise.all([...Array(10)].map(() => handle(messages[1]!)));
    expect(await countRows(environment['ORDER_DATABASE_URL']!, 'events', `order_id = '${orderId}'`)).to.equal(
      2,
    );
  });

  it('given an illegal step, then the message is poison', async () => {
    const { handle, orderId } = await scene();
    const illegal = message(orderId, 1, 'DELIVERED');
    const error = await handle(illegal).catch((thrown: Error) => thrown);
    expect(error).to.have.property('name', 'PoisonMessageError');
    expect(await statusOf(orderId)).to.deep.equal({ status: 'PENDING_SHIPMENT', shipment_version: 0 });
  });

  it('given an order that does not exist, then its messages are acknowledged, and one finding is recorded', async () => {
    const { handle, found } = await scene();
    const orderId = randomUUID();
    for (const body of [message(orderId, 1, 'PROCESSING'), message(orderId, 2, 'SHIPPED')])
      await handle(body);
    const sql =
      'SELECT kind, shipment_status, shipment_version FROM reconciliation_findings WHERE order_id = $1';
    expect(await rowsOf(environment['ORDER_DATABASE_URL']!, sql, [orderId])).to.deep.equal([
      { kind: 'shipment_without_order', shipment_status: 'SHIPPED', shipment_version: 2 },
    ]);
    expect(found(), 'number of sweep wake-ups').to.equal(1);
  });

  async function scene({ isDown = false } = {}) {
    const orderId = randomUUID();
    await insertOrder(orderId);
    const messages = STEPS.map((status, index) => message(orderId, index + 1, status));
    let fetched = 0;
    const deliveryService = {
      get: (path: string) => {
        if (isDown) return Promise.reject(new AppError(UNAVAILABLE, 'down'));
        if (!path.endsWith('/events'))
          return Promise.resolve({ data: [{ shipment_id: 's', order_id: orderId, version: 5 }] });
        fetched += 1;
        return Promise.resolve({ data: messages.map((body) => JSON.parse(body) as unknown) });
      },
    } as unknown as ServiceClient;
    const applyShipmentStatus = createApplyShipmentStatus(database, silentLogger, {
      recordUnknownOrders,
      restocksReturns: false,
    });
    let found = 0;
    const repair = {
      afterSeconds: 60,
      onUnknownOrder: () => void (found += 1),
    };
    const deps = { ...repair, db: database, applyShipmentStatus, deliveryService, logger: silentLogger };
    const consumer = shipmentStatusConsumer(deps);
    expect(consumer.queue).to.equal(DELIVERY_STATUS_QUEUE);
    return { orderId, messages, handle: consumer.handle, fetched: () => fetched, found: () => found };
  }

  async function insertOrder(orderId: string): Promise<void> {
    await rowsOf(
      environment['ORDER_DATABASE_URL']!,
      `WITH placed AS (
         INSERT INTO orders (order_id, client_id, customer_id, currency, total_minor, status, version, metadata, created_at,
                             updated_at, checked_at)
         VALUES ($1, 'demo-client', 'c', 'USD', 100, 'PENDING_SHIPMENT', 1, '{}', now(), now(), now())),
       items AS (INSERT INTO order_items VALUES ($1, 1, 'p', 1, 100))
       INSERT INTO events (event_id, order_id, version, type, payload, actor, correlation_id, traceparent, occurred_at)
       VALUES (gen_random_uuid(), $1, 1, 'ORDER_CREATED', '{}', 'demo-client', 'c', 't', now())`,
      [orderId],
    );
  }

  async function statusOf(orderId: string) {
    const sql = 'SELECT status, shipment_version FROM orders WHERE order_id = $1';
    const [row] = await rowsOf<{ status: string; shipment_version: number }>(
      environment['ORDER_DATABASE_URL']!,
      sql,
      [orderId],
    );
    return row;
  }

  async function expectDelivered(orderId: string): Promise<void> {
    expect(await statusOf(orderId)).to.deep.equal({ status: 'DELIVERED', shipment_version: 5 });
    const events = await rowsOf<{ version: number; status: string | null }>(
      environment['ORDER_DATABASE_URL']!,
      `SELECT version, payload->>'status' AS status FROM events WHERE order_id = $1 ORDER BY version`,
      [orderId],
    );
    expect(events.map(({ version }) => version)).to.deep.equal([1, 2, 3, 4, 5]);
    expect(events.map(({ status }) => status)).to.deep.equal([null, ...STEPS.slice(1)]);
  }
});

function message(orderId: string, version: number, status: string): string {
  const payload = statusPayload(status, '0190a0a0-0000-7000-8000-000000000002');
  return JSON.stringify(envelope({ type: 'SHIPMENT_STATUS_CHANGED', order_id: orderId, version, payload }));
}
