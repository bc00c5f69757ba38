import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres } from '../../scripts/system/infrastructure/postgres';
import { ensureRedisProgram } from '../../scripts/system/infrastructure/redis-program';
import { startRedis } from '../../scripts/system/infrastructure/redis';
import { startSqs } from '../../scripts/system/infrastructure/sqs';
import { removePostgresFolders } from '../../scripts/system/infrastructure/postgres-folders';
import { endWithThisProcess } from './end-with-this-process';
import { freePorts } from './free-ports';
import { type OnSpawn } from '../../scripts/system/processes/start-detached';
import { stopProcess } from '../../scripts/system/processes/stop-process';

/** Real servers for one run of the tests, on ports and in a folder of their own. */
export interface TestInfrastructure {
  /** The server's own database is `postgres`; others must be created first. */
  postgresUrl(database: string): string;
  readonly redisUrl: string;
  readonly sqsEndpoint: string;
  readonly folder: string;
  /** Ends every server and removes the folder. */
  stop(): Promise<void>;
  startSqs(): Promise<void>;
  /** Kills the queue server; its messages and the queues that tests made are lost. */
  stopSqs(): Promise<void>;
  restartSqs(): Promise<void>;
  startRedis(): Promise<void>;
  /** Kills Redis; what it held is lost. */
  stopRedis(): Promise<void>;
}

type ServerName = 'postgres' | 'redis' | 'sqs';

const EXPENDABLE_DATA = {
  fsync: 'off',
  full_page_writes: 'off',
  max_connections: '200',
};

/** Starts PostgreSQL, Redis and SQS side by side. They end with this process, even if it is killed. */
export async function startTestInfrastructure(): Promise<TestInfrastructure> {
  const folder = mkdtempSync(join(tmpdir(), 'order-processing-tests-'));
  chmodSync(folder, 0o755);
  mkdirSync(join(folder, 'run'));
  endWithThisProcess(folder);
  const [postgresPort = 0, redisPort = 0, sqsPort = 0] = await freePorts(3);
  const servers = serversOn({ folder, postgresPort, redisPort, sqsPort });
  await Promise.all([servers.start('postgres'), servers.start('redis'), servers.start('sqs')]);
  return {
    folder,
    postgresUrl: (database) => `postgresql://postgres@127.0.0.1:${String(postgresPort)}/${database}`,
    redisUrl: `redis://127.0.0.1:${String(redisPort)}`,
    sqsEndpoint: `http://127.0.0.1:${String(sqsPort)}`,
    startSqs: () => servers.start('sqs'),
    stopSqs: () => servers.stop('sqs'),
    restartSqs: () => servers.stop('sqs').then(() => servers.start('sqs')),
    startRedis: () => servers.start('redis'),
    stopRedis: () => servers.stop('redis'),
    stop: async () => {
      await Promise.all([servers.stop('postgres'), servers.stop('redis'), servers.stop('sqs')]);
      removePostgresFolders(folder);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

interface Place {
  readonly folder: string;
  readonly postgresPort: number;
  readonly redisPort: number;
  readonly sqsPort: number;
}

function serversOn({ folder, postgresPort, redisPort, sqsPort }: Place) {
  const logFile = (name: string): string => join(folder, 'logs', `${name}.log`);
  const pids = new Map<ServerName, number>();
  const starts: Record<ServerName, (onSpawn: OnSpawn) => Promise<unknown>> = {
    postgres: (onSpawn) =>
      startPostgres({
        onSpawn,
        stateFolder: folder,
        port: postgresPort,
        logFile: logFile('postgres'),
        settings: EXPENDABLE_DATA,
      }),
    redis: async (onSpawn) =>
      startRedis({
        onSpawn,
        stateFolder: folder,
        program: await ensureRedisProgram(process.env['PATH'] ?? '', logFile('apt-get')),
        port: redisPort,
        logFile: logFile('redis'),
        keepsSnapshots: false,
      }),
    sqs: (onSpawn) => startSqs({ port: sqsPort, logFile: logFile('sqs'), onSpawn }),
  };
  return {
    async start(name: ServerName): Promise<void> {
      await starts[name]((pid) => {
        pids.set(name, pid);
        writeFileSync(join(folder, 'run', name), String(pid));
      });
    },
    async stop(name: ServerName): Promise<void> {
      const pid = pids.get(name);
      if (pid !== undefined) await stopProcess(pid, name === 'postgres' ? 'SIGQUIT' : 'SIGKILL', 5000);
      pids.delete(name);
      rmSync(join(folder, 'run', name), { force: true });
    },
  };
}
