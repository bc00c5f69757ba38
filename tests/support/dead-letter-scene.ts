import { expect } from 'chai';
import { readDeliveryServiceConfig } from '../../src/delivery-service/config';
import { orderConsumer } from '../../src/delivery-service/workers/order-consumer';
import { ORDERS_QUEUE } from '../../src/shared/contracts/queues';
import { PoisonMessageError } from '../../src/shared/errors';
import { type Logger } from '../../src/shared/observability/logger';
import { createDatabase } from '../../src/shared/postgres/database';
import { createQueueConsumer } from '../../src/shared/queue/queue-consumer';
import { queueUrls } from '../../src/shared/queue/queue-topology';
import { type BackgroundLoop } from '../../src/shared/runtime/background-loop';
import { send, type ApiClient, type ApiResponse } from './api-client';
import { eventually } from './eventually';
import { orderBody } from './factories';
import { bearer } from './oauth';
import { silentLogger, startServicePair, type ServicePair } from './service-pair';
import { testQueues, type TestQueues } from './sqs-messages';

export const DEAD_LETTERS = `/queues/${ORDERS_QUEUE}/dead-letters`;
export const REDRIVE = `/queues/${ORDERS_QUEUE}/redrive`;

/** A service pair whose orders can be made to fail permanently. */
export interface DeadLetterScene {
  pair: ServicePair;
  queues: TestQueues;
  shop: ApiClient;
  operator: ApiClient;
  /** While `isShut`, the creation of shipments fails. */
  warehouse: { isShut: boolean };
  /** The warnings of the Order Service. */
  warnings: { message: string; fields: object | undefined }[];
  /** Drops dead letters of the orders queue with the given query. */
  drop(query: string, as?: ApiClient): Promise<ApiResponse>;
  place(): Promise<string>;
  /** Creates orders whose ORDER_CREATED is a dead letter: envelope id by order id. */
  deadOrders(count: number): Promise<Map<string, string>>;
  delivered(orderIds: Iterable<string>): Promise<void>;
  /** The number of dead letters of the orders queue. */
  deadLetterCount(): Promise<number>;
  stop(): Promise<void>;
}

export async function startDeadLetterScene(): Promise<DeadLetterScene> {
  const warnings: DeadLetterScene['warnings'] = [];
  const pair = await startServicePair({ orders: { logger: warningsTo(warnings) } });
  const [shop, operator] = [await pair.client(), await pair.client('demo-operator')];
  const queues = testQueues(pair.environment);
  const warehouse = { isShut: true };
  const workers = await shutableConsumers(pair, queues, warehouse);

  const place = async (): Promise<string> =>
    (await shop.post('/orders', orderBody())).body.order_id as string;

  async function deadOrders(count: number): Promise<Map<string, string>> {
    const orderIds = await Promise.all([...Array<undefined>(count)].map(place));
    return eventually(async () => {
      const { data } = (await operator.get(`${DEAD_LETTERS}?limit=100`)).body as {
        data: { order_id: string; envelope_id: string }[];
      };
      const envelopeIds = new Map(data.map((letter) => [letter.order_id, letter.envelope_id]));
      expect([...envelopeIds.keys()]).to.include.members(orderIds);
      return new Map(orderIds.map((id) => [id, envelopeIds.get(id)!]));
    });
  }

  return {
    pair,
    queues,
    shop,
    operator,
    warehouse,
    warnings,
    place,
    deadOrders,
    drop: (query, as = operator) =>
      send(`${pair.orderUrl}${DEAD_LETTERS}?${query}`, 'DELETE', undefined, bearer(as.token)),
    delivered: (orderIds) =>
      eventually(async () => {
        for (const id of orderIds)
          expect((await shop.get(`/orders/${id}`)).body.status).to.equal('DELIVERED');
      }),
    deadLetterCount: async () => (await operator.get('/queues')).body.data[0].dead_letters as number,
    async stop() {
      await workers.stop();
      await pair.stop();
      queues.client.destroy();
    },
  };
}

/** Replaces the consumers of the Delivery Service. */
async function shutableConsumers(
  { environment, delivery: { relay, progress, consumers } }: ServicePair,
  { client }: TestQueues,
  warehouse: { isShut: boolean },
): Promise<{ stop(): Promise<void> }> {
  await Promise.all(consumers.map((consumer) => consumer.stop()));
  const config = readDeliveryServiceConfig(environment);
  const database = createDatabase(config.DELIVERY_DATABASE_URL, 'test', config, silentLogger);
  const onShipmentChanged = (): void => {
    relay.nudge();
    progress.nudge();
  };
  const open = orderConsumer({
    db: database,
    firstPollInMs: 0,
    onShipmentChanged,
    onShipmentCreated: onShipmentChanged,
    logger: silentLogger,
  });
  const loops = [1, 2].map((): BackgroundLoop =>
    createQueueConsumer({
      client,
      pollingClient: client,
      resolveQueueUrl: queueUrls(client, environment['QUEUE_NAME_PREFIX']),
      queue: ORDERS_QUEUE,
      handle: (body) =>
        warehouse.isShut
          ? Promise.reject(new PoisonMessageError('the warehouse is shut'))
          : open.handle(body),
      logger: silentLogger,
      waitSeconds: 1,
    }),
  );
  await Promise.all(loops.map((loop) => loop.start()));
  return {
    async stop() {
      await Promise.all(loops.map((loop) => loop.stop()));
      await database.stop();
    },
  };
}

function warningsTo(warnings: DeadLetterScene['warnings']): Logger {
  const nothing = (): void => undefined;
  return {
    error: nothing,
    info: nothing,
    debug: nothing,
    warn: (message, fields) => void warnings.push({ message, fields }),
  };
}
