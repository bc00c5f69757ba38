import { execFileSync } from 'node:child_process';
import { mkdirSync, statfsSync, truncateSync, writeFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { startPostgres } from '../../scripts/system/infrastructure/postgres';
import { removePostgresFolders } from '../../scripts/system/infrastructure/postgres-folders';
import { startRedis } from '../../scripts/system/infrastructure/redis';
import { ensureRedisProgram } from '../../scripts/system/infrastructure/redis-program';
import { startSqs } from '../../scripts/system/infrastructure/sqs';
import { isRunning } from '../../scripts/system/processes/process-facts';
import { type OnSpawn } from '../../scripts/system/processes/start-detached';
import { stopProcess } from '../../scripts/system/processes/stop-process';

export type ServerName = 'postgres' | 'redis' | 'sqs';

/** A server that the services depend on, as a process that can be ended, paused and started again. */
export interface ServerProcess {
  readonly name: ServerName;
  readonly port: number;
  start(): Promise<void>;
  signal(signal: NodeJS.Signals): void;
  end(signal: NodeJS.Signals): Promise<void>;
  isRunning(): boolean;
}

export interface Infrastructure {
  servers: Record<ServerName, ServerProcess>;
  /** Takes all room that is left to PostgreSQL; null where its data cannot be put on a small disk of its own. */
  disk: { fill(): void; free(): void } | null;
  stop(): Promise<void>;
}

/** Room for the databases of a long run; the rest is what a filled disk takes in memory. */
const DISK_MEGABYTES = 2_500;
const START_ATTEMPTS = 20;

/**
 * PostgreSQL with the durability of production, Redis and SQS, all on the loopback address, in that folder.
 */
export async function startInfrastructure(
  folder: string,
  ports: Record<ServerName, number>,
): Promise<Infrastructure> {
  const diskFolder = join(folder, 'disk');
  const disk = mountDisk(diskFolder);
  const logFile = (name: ServerName): string => join(folder, 'logs', `${name}.log`);
  const settings = { max_connections: '200', max_wal_size: '256MB' };
  const servers = {
    postgres: serverProcess(folder, 'postgres', ports.postgres, (onSpawn) =>
      startPostgres({
        stateFolder: diskFolder,
        port: ports.postgres,
        logFile: logFile('postgres'),
        settings,
        onSpawn,
      }),
    ),
    redis: serverProcess(folder, 'redis', ports.redis, (onSpawn) =>
      startRedis({
        stateFolder: folder,
        program: ensureRedisProgram(process.env['PATH'] ?? ''),
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
  const stop = async (): Promise<void> => {
    all.forEach((server) => server.signal('SIGCONT'));
    await Promise.all(all.map((server) => server.end(server.name === 'postgres' ? 'SIGQUIT' : 'SIGKILL')));
    removePostgresFolders(diskFolder);
    disk?.unmount();
  };
  await Promise.all(all.map((server) => server.start()));
  return { servers, disk, stop };
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

/** A file system of its own in memory, where the machine allows it (Linux, as root). */
function mountDisk(folder: string): { fill(): void; free(): void; unmount(): void } | null {
  mkdirSync(folder, { recursive: true });
  try {
    const options = `size=${String(DISK_MEGABYTES)}m,mode=0755`;
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder], { stdio: 'ignore' });
  } catch {
    return null;
  }
  const filler = join(folder, 'filler');
  return {
    fill() {
      const { bavail, bsize } = statfsSync(folder);
      writeFileSync(filler, '');
      try {
        execFileSync('fallocate', ['-l', String(bavail * bsize), filler], { stdio: 'ignore' });
      } catch {
        truncateSync(filler, 0);
      }
    },
    free: () => rmSync(filler, { force: true }),
    unmount() {
      execFileSync('umount', ['-l', folder], { stdio: 'ignore' });
    },
  };
}
