import { join } from 'node:path';
import { freePorts } from '../support/free-ports';
import { createDatabase, dropDatabase } from '../support/production-stack/databases';
import { createInstance, type Instance, type ServiceName } from '../support/production-stack/instance';
import { type Servers } from '../support/production-stack/servers';
import { type Build } from './builds/build';
import { fetchToken, type Clients } from './clients';
import { meterOf, type Meter } from './process-usage';
import { serviceEnvironment, type Ports } from './service-environment';
import { templatesOf } from './templates';

export interface SystemOptions {
  services: readonly ServiceName[];
  /** Processes of each service. Default: 1. */
  instances?: number;
  /** Adds operations to the Order Service that answer a constant. */
  withFloor?: boolean;
  /** Template of the Order Service's database. Default: empty except for the clients. */
  ordersTemplate?: string;
  /** Settings of this system, beside those of the options. */
  variables?: Readonly<Record<string, string>>;
}

/** Running services with their own databases, queues and cache. */
export interface System {
  /** URL of the first process of the Order Service. */
  apiUrl: string;
  /** URLs of all its processes. */
  apiUrls: readonly string[];
  urls: Readonly<Record<ServiceName, string>>;
  /** Bearer tokens. */
  tokens: Readonly<{ shop: string; other: string; operator: string }>;
  databases: Readonly<{ orders: string; deliveries: string }>;
  startService(service: ServiceName): Promise<void>;
  /** Null while it does not run. */
  pidOf(service: ServiceName): number | null;
  /** Of all processes of the service that run. */
  pidsOf(service: ServiceName): number[];
  meter(): Meter;
  /** Stops the services and drops the databases. */
  stop(): Promise<void>;
}

/** The resources that systems run on. */
export interface Ground {
  build: Build;
  folder: string;
  servers: Servers;
  clients: Clients;
  ports: Ports;
  nodeOptions: readonly string[];
  variables: Readonly<Record<string, string>>;
}

const NAMES = { orders: 'orders', deliveries: 'deliveries' };

export async function startSystem(
  { build, folder, servers, clients, ports, nodeOptions, variables }: Ground,
  options: SystemOptions,
): Promise<System> {
  const templates = templatesOf(build);
  await Promise.all(
    [servers.redis, servers.sqs].map((server) => server.end('SIGKILL').then(() => server.start())),
  );
  const databases = {
    orders: await createDatabase(ports.postgres, NAMES.orders, options.ordersTemplate ?? templates.orders),
    deliveries: await createDatabase(ports.postgres, NAMES.deliveries, templates.deliveries),
  };
  const environment = {
    ...serviceEnvironment(folder, ports, NAMES),
    ...variables,
    ...options.variables,
    BENCH_BUILD: build.folder,
  };
  const instances = await createInstances({ build, folder, environment, ports, nodeOptions }, options);
  await Promise.all(options.services.flatMap((service) => instances[service].map((one) => one.start())));
  const urls = {
    'order-service': urlOf(instances['order-service'][0]!),
    'delivery-service': urlOf(instances['delivery-service'][0]!),
  };
  const apiUrl = urls['order-service'];
  const pidsOf = (service: ServiceName): number[] =>
    instances[service].map((one) => one.pid()).filter((pid) => pid !== null);
  return {
    apiUrl,
    apiUrls: instances['order-service'].map(urlOf),
    urls,
    tokens: {
      shop: await fetchToken(apiUrl, clients.shop),
      other: await fetchToken(apiUrl, clients.other),
      operator: await fetchToken(apiUrl, clients.operator),
    },
    databases,
    startService: async (service) => {
      await Promise.all(instances[service].map((one) => one.start()));
    },
    pidOf: (service) => pidsOf(service)[0] ?? null,
    pidsOf,
    meter: () =>
      meterOf({
        ...numbered('order service', pidsOf('order-service')),
        ...numbered('delivery service', pidsOf('delivery-service')),
        postgres: servers.postgres.pid(),
        redis: servers.redis.pid(),
        sqs: servers.sqs.pid(),
      }),
    async stop() {
      await Promise.all(Object.values(instances).flatMap((all) => all.map((one) => one.end('SIGTERM'))));
      await Promise.all(Object.values(NAMES).map((name) => dropDatabase(ports.postgres, name)));
    },
  };
}

type Started = Pick<Ground, 'build' | 'folder' | 'ports' | 'nodeOptions'> & {
  environment: NodeJS.ProcessEnv;
};

/** The processes of both services, not started. The first of each has the port of the environment. */
async function createInstances(
  { build, folder, environment, ports, nodeOptions }: Started,
  { instances = 1, withFloor = false }: SystemOptions,
): Promise<Record<ServiceName, Instance[]>> {
  const more = await freePorts(2 * (instances - 1));
  const common = { folder, environment, preloads: [], nodeOptions };
  const all = (service: ServiceName, firstPort: number): Instance[] => {
    const program =
      withFloor && service === 'order-service'
        ? join(__dirname, 'order-service-with-floor.cjs')
        : join(build.folder, 'dist', service, 'server.js');
    return Array.from({ length: instances }, (_, index) => {
      const port = index === 0 ? firstPort : more.pop()!;
      return createInstance({ ...common, service, number: index + 1, port, program });
    });
  };
  return {
    'order-service': all('order-service', ports.orderService),
    'delivery-service': all('delivery-service', ports.deliveryService),
  };
}

const urlOf = ({ port }: Instance): string => `http://127.0.0.1:${String(port)}`;

/** With a number after the name if there are several. */
const numbered = (name: string, pids: readonly number[]): Record<string, number> =>
  Object.fromEntries(
    pids.map((pid, index) => [pids.length === 1 ? name : `${name} ${String(index + 1)}`, pid]),
  );
