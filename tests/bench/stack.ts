import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureSigningKey } from '../../scripts/system/preparation/signing-keys';
import { freePorts } from '../support/free-ports';
import { KEEP_COMMIT_TIMES } from '../support/commit-times';
import { endWithThisProcess } from '../support/end-with-this-process';
import { createDatabase, databaseUrl, dropDatabase } from '../support/production-stack/databases';
import { PROJECT } from '../support/production-stack/instance';
import { startServers, type Servers } from '../support/production-stack/servers';
import { countRows, rowsOf } from '../support/rows';
import { type Build } from './builds/build';
import { registerClients, type Clients } from './clients';
import { type BenchOptions } from './options';
import { readSchema, type Schema } from './schema';
import { serviceEnvironment, type Ports } from './service-environment';
import { startSystem, type System, type SystemOptions } from './system';
import { makeTemplates, templatesOf } from './templates';

/** A build on the servers that all scenarios and builds share, with its migrated template databases. */
export interface Stack {
  build: Build;
  folder: string;
  servers: Servers;
  clients: Clients;
  /** Of the Order Service's database. */
  schema: Schema;
  /** Starts services with databases, queues and a cache that are empty except for the clients. One system at a time. */
  start(options: SystemOptions): Promise<System>;
  /** A copy of the Order Service's empty database; its URL. */
  createOrdersDatabase(name: string): Promise<string>;
  /** A copy of the Delivery Service's empty database; its URL. */
  createDeliveriesDatabase(name: string): Promise<string>;
  hasDatabase(name: string): Promise<boolean>;
  dropDatabase(name: string): Promise<void>;
  /** Runs a checkpoint, so that earlier writes do not affect the next measurement. */
  checkpoint(): Promise<void>;
}

/** The servers, and a stack for each build. */
export interface Stacks {
  folder: string;
  postgresVersion: string;
  stacks: readonly Stack[];
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

/** What every stack has. */
interface Base {
  folder: string;
  servers: Servers;
  ports: Ports;
  options: BenchOptions;
}

export async function startStacks(options: BenchOptions, builds: readonly Build[]): Promise<Stacks> {
  const folder = mkdtempSync(join(tmpdir(), 'order-bench-'));
  chmodSync(folder, 0o755);
  for (const inside of ['logs', 'run']) mkdirSync(join(folder, inside));
  endWithThisProcess(folder);
  const ports = await choosePorts();
  const servers = await startServers({
    folder,
    postgresFolder: folder,
    postgresSettings: POSTGRES_SETTINGS,
    ports,
  });
  ensureSigningKey(folder);
  const stacks: Stack[] = [];
  for (const build of builds) stacks.push(await stackOf(build, { folder, servers, ports, options }));
  return {
    folder,
    postgresVersion: await versionOf(ports),
    stacks,
    async stop(keepFolder) {
      await servers.stop();
      rmSync(keepFolder ? join(folder, 'run') : folder, { recursive: true, force: true });
    },
  };
}

async function stackOf(build: Build, base: Base): Promise<Stack> {
  const { folder, servers, ports, options } = base;
  const { variables } = options;
  const nodeOptions = nodeOptionsOf(build, options);
  const templates = templatesOf(build);
  await makeTemplates(folder, ports, build);
  const clients = await registerClients(build, serviceEnvironment(folder, ports, templates));
  const ground = { build, folder, servers, clients, ports, nodeOptions, variables };
  const checkpoint = async (): Promise<void> => {
    await rowsOf(databaseUrl(ports.postgres, 'postgres'), 'CHECKPOINT');
  };
  return {
    build,
    folder,
    servers,
    clients,
    schema: await readSchema(databaseUrl(ports.postgres, templates.orders)),
    async start(systemOptions) {
      const system = await startSystem(ground, systemOptions);
      await checkpoint();
      return system;
    },
    createOrdersDatabase: (name) => createDatabase(ports.postgres, name, templates.orders),
    createDeliveriesDatabase: (name) => createDatabase(ports.postgres, name, templates.deliveries),
    hasDatabase: async (name) =>
      (await countRows(databaseUrl(ports.postgres, 'postgres'), 'pg_database', `datname = '${name}'`)) > 0,
    dropDatabase: (name) => dropDatabase(ports.postgres, name),
    checkpoint,
  };
}

function nodeOptionsOf({ id }: Build, { profile }: BenchOptions): string[] {
  const profiles = ['--cpu-prof', `--cpu-prof-dir=${join(PROFILES, id)}`];
  return ['--enable-source-maps', ...(profile ? profiles : [])];
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
