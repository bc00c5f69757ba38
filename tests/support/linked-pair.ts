import { freePorts } from './free-ports';
import { ensureQueues } from '../../src/shared/queue/create-queues';
import { startTcpProxy, type TcpProxy } from '../chaos/tcp-proxy';
import { apiClient } from './api-client';
import { createTestDatabase } from './databases';
import { testInfrastructure } from './mocha-hooks';
import { startServicePair, type ServicePair } from './service-pair';
import { startStrictSqs, type StrictSqsServer } from './strict-sqs/server';

export const DEPENDENCIES = ['postgres', 'redis', 'sqs', 'peer', 'issuer'] as const;
export type Dependency = (typeof DEPENDENCIES)[number];

/** Both services, with a breakable link to each dependency. */
export interface LinkedPair extends ServicePair {
  /** `peer`: from the Order Service to the Delivery Service; `issuer`: from the Delivery Service to the Order Service. */
  links: Record<Dependency, TcpProxy>;
  /** URL of the Order Service's database without the link. */
  orderDatabase: string;
}

/** The queues' clock is accelerated, so that messages left in flight by a broken link are visible again within seconds. */
const QUEUE_SECONDS_PER_TICK = 1;
const TICK_MS = 50;

export async function startLinkedPair(variables: Record<string, string> = {}): Promise<LinkedPair> {
  const infrastructure = await testInfrastructure();
  const sqs = await startStrictSqs();
  const [orderPort = 0, deliveryPort = 0] = await freePorts(2);
  const links = {
    postgres: await startTcpProxy([portOf(infrastructure.postgresUrl('postgres'))]),
    redis: await startTcpProxy([portOf(infrastructure.redisUrl)]),
    sqs: await startTcpProxy([portOf(sqs.endpoint)]),
    peer: await startTcpProxy([deliveryPort]),
    issuer: await startTcpProxy([orderPort]),
  };
  const stopQueues = await prepareQueues(sqs, links.sqs);
  const orderDatabase = await createTestDatabase('order-service');
  const deliveryDatabase = await createTestDatabase('delivery-service');
  const pair = await startServicePair({
    variables: {
      ORDER_DATABASE_URL: through(links.postgres, orderDatabase),
      DELIVERY_DATABASE_URL: through(links.postgres, deliveryDatabase),
      REDIS_URL: through(links.redis, infrastructure.redisUrl),
      SQS_ENDPOINT: through(links.sqs, sqs.endpoint),
      QUEUE_NAME_PREFIX: PREFIX,
      ORDER_SERVICE_PORT: String(orderPort),
      ORDER_SERVICE_URL: `http://127.0.0.1:${links.issuer.port}`,
      DELIVERY_SERVICE_PORT: String(deliveryPort),
      DELIVERY_SERVICE_URL: `http://127.0.0.1:${links.peer.port}`,
      ...variables,
    },
  });
  const orderUrl = `http://127.0.0.1:${orderPort}`;
  return {
    ...pair,
    orderUrl,
    client: (clientId = 'demo-client') => apiClient(orderUrl, clientId),
    links,
    orderDatabase,
    async stop() {
      for (const link of Object.values(links)) link.heal();
      await pair.stop();
      await stopQueues();
      await Promise.all(Object.values(links).map((link) => link.stop()));
    },
  };
}

const PREFIX = 'linked-';

async function prepareQueues(sqs: StrictSqsServer, link: TcpProxy): Promise<() => Promise<void>> {
  sqs.setBaseUrl(through(link, sqs.endpoint));
  await ensureQueues(sqs.client, PREFIX);
  const ticking = setInterval(() => sqs.clock.advance(QUEUE_SECONDS_PER_TICK), TICK_MS);
  return () => {
    clearInterval(ticking);
    return sqs.stop();
  };
}

const portOf = (url: string): number => Number(new URL(url).port);

const through = (link: TcpProxy, url: string): string => url.replace(/:\d+/, `:${link.port}`);
