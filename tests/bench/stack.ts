import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureSigningKey } from '../../scripts/system/preparation/signing-keys';
import { freePorts } from '../../scripts/system/processes/free-ports';
import { KEEP_COMMIT_TIMES } from '../support/commit-times';
import { endWithThisProcess } from '../support/end-with-this-process';
import { createDatabase, databaseUrl, dropDatabase } from '../support/production-stack/databases';
import { PROJECT } from '../support/production-stack/instance';
import { startServers, type Servers } from '../support/production-stack/servers';
import { countRows, rowsOf } from '../support/rows';
import { registerClients, type Clients } from './clients';
import { type BenchOptions } from './options';
import { serviceEnvironment, type Ports } from './service-environment';
import { startSystem, type System, type SystemOptions } from './system';
import { makeTemplates, TEMPLATES } from './templates';

/** The servers that all scenarios share, and migrated template databases. */
export interface Stack {
  folder: string;
  servers: Servers;
  clients: Clients;
  postgresVersion: string;
  /** Starts services with databases, queues and a cache that are empty except for the clients. One system at a time. */
  start(options: SystemOptions): Promise<System>;
  /** A copy of the Order Service's empty database; its URL. */
  createOrdersDatabase(name: string): Promise<string>;
  hasDatabase(name: string): Promise<boolean>;
  dropDatabase(name: string): Promise<void>;
  /** Runs a checkpoint, so that earlier writes do not affect the next measurement. */
  checkpoint(): Promise<void>;
  stop(keepFolder: boolean): Promise<void>;
}

/** The folder of V8 CPU profiles. */
const PROFILES = join(PROJECT, '.local', 'bench', 'profiles');

/** Usual settings for a server of this size; settings for durability keep their default: on. */
const POSTGRES_SETTINGS = {
  max_connections: '200',
  shared_buffers: '512MB',
  max_wal_size: '4GB',
  ...KEEP_COMMIT_TIMES,
};

export async function startStack({ variables, profile }: BenchOptions): Promise<Stack> {
  const folder = mkdtempSync(join(tmpdir(), 'order-bench-'));
  chmodSync(folder, 0o755);
  for (const inside of ['logs', 'run']) mkdirSync(join(folder, inside));
  endWithThisProcess(folder);
  const nodeOptions = [
    '--enable-source-maps',
    ...(profile ? ['--cpu-prof', `--cpu-prof-dir=${PROFILES}`] : []),
  ];
  const ports = await choosePorts();
  const servers = await startServers({
    folder,
    postgresFolder: folder,
    postgresSettings: POSTGRES_SETTINGS,
    ports,
  });
  ensureSigningKey(folder);
  await makeTemplates(folder, ports);
  const clients = await registerClients(serviceEnvironment(folder, ports, TEMPLATES));
  const stack: Stack = {
    folder,
    servers,
    clients,
    postgresVersion: await versionOf(ports),
    async start(options) {
      const system = await startSystem({ folder, servers, clients, ports, nodeOptions, variables }, options);
      await stack.checkpoint();
      return system;
    },
    createOrdersDatabase: (name) => createDatabase(ports.postgres, name, TEMPLATES.orders),
    hasDatabase: async (name) =>
      (await countRows(databaseUrl(ports.postgres, 'postgres'), 'pg_database', `datname = '${name}'`)) > 0,
    dropDatabase: (name) => dropDatabase(ports.postgres, name),
    async checkpoint() {
      await rowsOf(databaseUrl(ports.postgres, 'postgres'), 'CHECKPOINT');
    },
    async stop(keepFolder) {
      await servers.stop();
      rmSync(keepFolder ? join(folder, 'run') : folder, { recursive: true, force: true });
    },
  };
  return stack;
}

async function versionOf({ postgres }: Ports): Promise<string> {
  const [row] = await rowsOf<{ server_version: string }>(
    databaseUrl(postgres, 'postgres'),
    'SHOW server_version',
  );
  return row!.server_version;
}

async function choosePorts(): Promise<Ports> {
  const [postgres = 0, redis = 0, sqs = 0, orderService = 0, deliveryService = 0] = await freePorts(5);
  return { postgres, redis, sqs, orderService, deliveryService };
}
