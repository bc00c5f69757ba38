import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureSigningKey, signingKeyFile } from '../../scripts/system/preparation/signing-keys';
import { rowsOf } from '../support/rows';
import { freePorts } from '../support/free-ports';
import { createDatabase, migrateDatabase } from '../support/production-stack/databases';
import { endWithThisProcess } from '../support/end-with-this-process';
import { startInfrastructure, type Infrastructure } from './infrastructure';
import { createInstance, type Instance, type ServiceName } from '../support/production-stack/instance';
import { type ChaosOptions } from './options';
import { seededRandom } from './random';
import { startWebhookReceiver, type WebhookReceiver } from './readers/webhook-receiver';
import { startTcpProxy, type TcpProxy } from './tcp-proxy';

export const LINKS = [
  'clients-orders',
  'orders-postgres',
  'orders-redis',
  'orders-sqs',
  'orders-delivery',
  'orders-receiver',
  'delivery-postgres',
  'delivery-sqs',
  'delivery-orders',
] as const;
export type LinkName = (typeof LINKS)[number];

/** How long the messages of a killed process wait. */
export const VISIBILITY_TIMEOUT_SECONDS = 5;
/** Whether returned orders put their units back. */
export const RESTOCKS_RETURNS = true;

/** The whole system on ports and in a folder of its own: two instances of each service, and a proxy on every link. */
export interface Stack {
  folder: string;
  infrastructure: Infrastructure;
  instances: readonly Instance[];
  links: Readonly<Record<LinkName, TcpProxy>>;
  /** Where clients find the Order Service. */
  apiUrl: string;
  receiver: WebhookReceiver;
  /** Where the Order Service finds the receiver. */
  receiverUrl: string;
  /** Past the proxies, for whoever checks. */
  databases: { orders: string; deliveries: string };
  sqsEndpoint: string;
  redisUrl: string;
  instancesOf(service: ServiceName): Instance[];
  stop(keepFolder: boolean): Promise<void>;
}

export async function startStack(options: ChaosOptions): Promise<Stack> {
  const folder = mkdtempSync(join(tmpdir(), 'order-chaos-'));
  chmodSync(folder, 0o755);
  for (const inside of ['logs', 'run']) mkdirSync(join(folder, inside));
  endWithThisProcess(folder);
  // Faults end these servers and start them again.
  const [postgres = 0, redis = 0, sqs = 0, ...services] = await freePorts(7);
  const [orderPorts, deliveryPorts] = [services.slice(0, 2), services.slice(2)];
  const infrastructure = await startInfrastructure(folder, { postgres, redis, sqs });
  const receiver = await startWebhookReceiver(seededRandom(options.seed + 2));
  const links = await startLinks({
    ...{ postgres, redis, sqs, orderPorts, deliveryPorts },
    receiver: receiver.port,
  });
  const databases = {
    orders: await createDatabase(postgres, 'orders'),
    deliveries: await createDatabase(postgres, 'deliveries'),
  };
  ensureSigningKey(folder);
  const environments = {
    'order-service': serviceEnvironment('order-service', options, folder, links),
    'delivery-service': serviceEnvironment('delivery-service', options, folder, links),
  };
  await Promise.all([
    migrateDatabase('order-service', { ...environments['order-service'], SEED_DEMO_CLIENTS: 'true' }),
    migrateDatabase('delivery-service', environments['delivery-service']),
  ]);
  if (options.sabotage === 'no-inbox') await allowDoubles(databases.deliveries);
  if (options.sabotage === 'no-stock-lock') await allowRepeatedVersions(databases.orders);
  if (options.sabotage === 'position-cursor') await Promise.all(Object.values(databases).map(delayCommits));
  const preloads = options.sabotage === null ? [] : [join(__dirname, 'preload', `${options.sabotage}.cjs`)];
  const instances = [...orderPorts, ...deliveryPorts].map((port, index) => {
    const service = index < orderPorts.length ? 'order-service' : 'delivery-service';
    const environment = environments[service];
    return createInstance({ service, number: (index % 2) + 1, port, environment, preloads, folder });
  });
  await Promise.all(instances.map((instance) => instance.start()));
  return {
    folder,
    infrastructure,
    instances,
    links,
    databases,
    receiver,
    receiverUrl: urlOf(links['orders-receiver']),
    apiUrl: urlOf(links['clients-orders']),
    sqsEndpoint: `http://127.0.0.1:${String(sqs)}`,
    redisUrl: `redis://127.0.0.1:${String(redis)}`,
    instancesOf: (service) => instances.filter((instance) => instance.service === service),
    async stop(keepFolder) {
      instances.forEach((instance) => instance.signal('SIGCONT'));
      await Promise.all(instances.map((instance) => instance.end('SIGKILL')));
      await Promise.all(Object.values(links).map((link) => link.stop()));
      await receiver.stop();
      await infrastructure.stop();
      rmSync(keepFolder ? join(folder, 'run') : folder, { recursive: true, force: true });
    },
  };
}

interface Ports {
  postgres: number;
  redis: number;
  sqs: number;
  receiver: number;
  orderPorts: number[];
  deliveryPorts: number[];
}

async function startLinks(ports: Ports): Promise<Record<LinkName, TcpProxy>> {
  const targets: Record<LinkName, number[]> = {
    'clients-orders': ports.orderPorts,
    'orders-postgres': [ports.postgres],
    'orders-redis': [ports.redis],
    'orders-sqs': [ports.sqs],
    'orders-delivery': ports.deliveryPorts,
    'orders-receiver': [ports.receiver],
    'delivery-postgres': [ports.postgres],
    'delivery-sqs': [ports.sqs],
    'delivery-orders': ports.orderPorts,
  };
  const started = await Promise.all(
    LINKS.map(async (name) => [name, await startTcpProxy(targets[name])] as const),
  );
  return Object.fromEntries(started) as Record<LinkName, TcpProxy>;
}

/** What production sets, but for the address of the emulator; every address is that of a proxy. */
function serviceEnvironment(
  service: ServiceName,
  options: ChaosOptions,
  folder: string,
  links: Record<LinkName, TcpProxy>,
): NodeJS.ProcessEnv {
  const database = (link: TcpProxy, name: string): string =>
    `postgresql://postgres@127.0.0.1:${String(link.port)}/${name}`;
  return {
    PATH: process.env['PATH'],
    NODE_ENV: 'test',
    LOG_LEVEL: 'info',
    HOST: '127.0.0.1',
    ORDER_DATABASE_URL: database(links['orders-postgres'], 'orders'),
    DELIVERY_DATABASE_URL: database(links['delivery-postgres'], 'deliveries'),
    REDIS_URL: `redis://127.0.0.1:${String(links['orders-redis'].port)}`,
    ORDER_SERVICE_URL: urlOf(links['delivery-orders']),
    DELIVERY_SERVICE_URL: urlOf(links['orders-delivery']),
    JWT_PRIVATE_KEY_FILE: signingKeyFile(folder),
    CLIENT_SECRET_PEPPERS: 'A'.repeat(43),
    WEBHOOK_SECRET_KEYS: 'A'.repeat(43),
    WEBHOOK_ALLOW_LOOPBACK: 'true',
    RATE_LIMIT_PER_MINUTE: '0',
    QUEUE_VISIBILITY_TIMEOUT_SECONDS: String(VISIBILITY_TIMEOUT_SECONDS),
    SIMULATED_STEP_MS: '500',
    SIMULATED_FAILURE_RATE: '0.1',
    RETURNS_RESTOCK: String(RESTOCKS_RETURNS),
    // Sabotage must not be healed by the net of repair.
    RECONCILE_AFTER_SECONDS: String(options.sabotage === null ? options.reconcileAfterSeconds : 86_400),
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    SQS_ENDPOINT: urlOf(links[service === 'order-service' ? 'orders-sqs' : 'delivery-sqs']),
  };
}

const urlOf = ({ port }: TcpProxy): string => `http://127.0.0.1:${String(port)}`;

/** The constraints behind the inbox, which would refuse a second shipment by themselves. */
async function allowDoubles(url: string): Promise<void> {
  await rowsOf(url, 'ALTER TABLE shipments DROP CONSTRAINT shipments_order_id_key');
  await rowsOf(url, 'ALTER TABLE events DROP CONSTRAINT events_order_id_version_key');
  await rowsOf(url, 'DROP INDEX events_by_subject');
}

/** The constraint that would refuse the second of two changes of the same version of a stock. */
async function allowRepeatedVersions(url: string): Promise<void> {
  await rowsOf(url, 'DROP INDEX events_by_subject');
  await rowsOf(url, 'CREATE INDEX events_by_subject ON events (subject_id, version)');
}

/**
 * As over a network, a commit can come a moment after the numbers were given: of two, the one with the later number can be first. Some
 * are late, so that most orders lose nothing.
 */
async function delayCommits(url: string): Promise<void> {
  await rowsOf(
    url,
    `CREATE FUNCTION be_late() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN IF random() < 0.25 THEN PERFORM pg_sleep(0.03); END IF; RETURN NULL; END $$;
     CREATE CONSTRAINT TRIGGER late AFTER INSERT ON events DEFERRABLE INITIALLY DEFERRED
       FOR EACH ROW EXECUTE FUNCTION be_late()`,
  );
}
