import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startPostgres } from '../../../scripts/system/infrastructure/postgres';
import { removePostgresFolders } from '../../../scripts/system/infrastructure/postgres-folders';
import { startRedis } from '../../../scripts/system/infrastructure/redis';
import { ensureRedisProgram } from '../../../scripts/system/infrastructure/redis-program';
import { startSqs } from '../../../scripts/system/infrastructure/sqs';
import { isRunning } from '../../../scripts/system/processes/process-facts';
import { type OnSpawn } from '../../../scripts/system/processes/start-detached';
import { stopProcess } from '../../../scripts/system/processes/stop-process';

export type ServerName = 'postgres' | 'redis' | 'sqs';

/** A server that the services depend on, as a process that can be ended, paused and started again. */
export interface ServerProcess {
  readonly name: ServerName;
  readonly port: number;
  start(): Promise<void>;
  signal(signal: NodeJS.Signals): void;
  end(signal: NodeJS.Signals): Promise<void>;
  isRunning(): boolean;
  /** Null while it does not run. */
  pid(): number | null;
}

export interface Servers extends Record<ServerName, ServerProcess> {
  stop(): Promise<void>;
}

export interface ServersOptions {
  /** Logs go below `logs/`, pids below `run/`; both must exist. */
  folder: string;
  postgresFolder: string;
  /** In addition to those of the server's own defaults, which are durable. */
  postgresSettings: Readonly<Record<string, string>>;
  ports: Readonly<Record<ServerName, number>>;
}

const START_ATTEMPTS = 20;

/** PostgreSQL with the durability of production, Redis and SQS, all on the loopback address, started side by side. */
export async function startServers(options: ServersOptions): Promise<Servers> {
  const { folder, postgresFolder, postgresSettings, ports } = options;
  const logFile = (name: string): string => join(folder, 'logs', `${name}.log`);
  const servers = {
    postgres: serverProcess(folder, 'postgres', ports.postgres, (onSpawn) =>
      startPostgres({
        stateFolder: postgresFolder,
        port: ports.postgres,
        logFile: logFile('postgres'),
        settings: postgresSettings,
        onSpawn,
      }),
    ),
    redis: serverProcess(folder, 'redis', ports.redis, async (onSpawn) =>
      startRedis({
        stateFolder: folder,
        program: await ensureRedisProgram(process.env['PATH'] ?? '', logFile('apt-get')),
        port: ports.redis,
        logFile: logFile('redis'),
        keepsSnapshots: false,
        onSpawn,
      }),
    ),
    sqs: serverProcess(folder, 'sqs', ports.sqs, (onSpawn) =>
      startSqs({ port: ports.sqs, logFile: logFile('sqs'), onSpawn }),
    ),
  };
  const all = Object.values(servers);
  await Promise.all(all.map((server) => server.start()));
  return {
    ...servers,
    async stop() {
      all.forEach((server) => server.signal('SIGCONT'));
      await Promise.all(all.map((server) => server.end(server.name === 'postgres' ? 'SIGQUIT' : 'SIGKILL')));
      removePostgresFolders(postgresFolder);
    },
  };
}

function serverProcess(
  folder: string,
  name: ServerName,
  port: number,
  start: (onSpawn: OnSpawn) => Promise<{ pid: number }>,
): ServerProcess {
  let pid: number | null = null;
  return {
    name,
    port,
    pid: () => pid,
    isRunning: () => pid !== null && isRunning(pid),
    async start() {
      // The children of a killed PostgreSQL leave a moment later; until then its data is in use.
      for (let attempt = 1; ; attempt += 1) {
        try {
          ({ pid } = await start((spawned) => writeFileSync(join(folder, 'run', name), String(spawned))));
          return;
        } catch (error) {
          if (attempt === START_ATTEMPTS) throw error;
          await new Promise((resolve) => setTimeout(resolve, 250));
        }
      }
    },
    signal(signal) {
      if (pid !== null && isRunning(pid)) process.kill(pid, signal);
    },
    async end(signal) {
      if (pid !== null) await stopProcess(pid, signal, 10_000);
      pid = null;
    },
  };
}
