import { join } from 'node:path';
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
  /** Adds operations to the Order Service that answer a constant. */
  withFloor?: boolean;
  /** Template of the Order Service's database. Default: empty except for the clients. */
  ordersTemplate?: string;
}

/** Running services with their own databases, queues and cache. */
export interface System {
  /** URL of the Order Service. */
  apiUrl: string;
  urls: Readonly<Record<ServiceName, string>>;
  /** Bearer tokens. */
  tokens: Readonly<{ shop: string; other: string; operator: string }>;
  databases: Readonly<{ orders: string; deliveries: string }>;
  startService(service: ServiceName): Promise<void>;
  pidOf(service: ServiceName): number | null;
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
    BENCH_BUILD: build.folder,
  };
  const programOf = (service: ServiceName): string => join(build.folder, 'dist', service, 'server.js');
  const common = { number: 1, folder, environment, preloads: [], nodeOptions };
  const instances = {
    'order-service': createInstance({
      ...common,
      service: 'order-service',
      port: ports.orderService,
      program: options.withFloor
        ? join(__dirname, 'order-service-with-floor.cjs')
        : programOf('order-service'),
    }),
    'delivery-service': createInstance({
      ...common,
      service: 'delivery-service',
      port: ports.deliveryService,
      program: programOf('delivery-service'),
    }),
  } satisfies Record<ServiceName, Instance>;
  await Promise.all(options.services.map((service) => instances[service].start()));
  const urls = {
    'order-service': `http://127.0.0.1:${String(ports.orderService)}`,
    'delivery-service': `http://127.0.0.1:${String(ports.deliveryService)}`,
  };
  const apiUrl = urls['order-service'];
  return {
    apiUrl,
    urls,
    tokens: {
      shop: await fetchToken(apiUrl, clients.shop),
      other: await fetchToken(apiUrl, clients.other),
      operator: await fetchToken(apiUrl, clients.operator),
    },
    databases,
    startService: (service) => instances[service].start(),
    pidOf: (service) => instances[service].pid(),
    meter: () =>
      meterOf({
        'order service': instances['order-service'].pid(),
        'delivery service': instances['delivery-service'].pid(),
        postgres: servers.postgres.pid(),
        redis: servers.redis.pid(),
        sqs: servers.sqs.pid(),
      }),
    async stop() {
      await Promise.all(Object.values(instances).map((instance) => instance.end('SIGTERM')));
      await Promise.all(Object.values(NAMES).map((name) => dropDatabase(ports.postgres, name)));
    },
  };
}
