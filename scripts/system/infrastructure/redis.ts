import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { redisAnswers } from './answers';
import { type OnSpawn, startDetached } from '../processes/start-detached';
import { stopProcess } from '../processes/stop-process';

export interface RedisOptions {
  /** Snapshots are in its folder `redis/`. */
  readonly stateFolder: string;
  /** Path of redis-server or valkey-server. */
  readonly program: string;
  readonly port: number;
  readonly logFile: string;
  readonly onSpawn?: OnSpawn;
  /** Whether the content survives a restart. Default: true. */
  readonly keepsSnapshots?: boolean;
}

const READY_WITHIN_MS = 10_000;
const STOPS_WITHIN_MS = 10_000;

/** Starts a Redis server on the loopback address, in the background. */
export async function startRedis(options: RedisOptions): Promise<{ pid: number }> {
  const folder = join(options.stateFolder, 'redis');
  mkdirSync(folder, { recursive: true });
  const settings = {
    bind: '127.0.0.1',
    port: String(options.port),
    dir: folder,
    save: options.keepsSnapshots === false ? '' : '300 1',
    daemonize: 'no',
  };
  return startDetached({
    name: 'Redis',
    command: options.program,
    args: Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]),
    logFile: options.logFile,
    env: { LC_ALL: 'C', TZ: 'UTC' },
    isReady: () => redisAnswers({ host: '127.0.0.1', port: options.port }),
    readyWithinMs: READY_WITHIN_MS,
    onSpawn: options.onSpawn,
  });
}

/** Stops the server; it writes a snapshot first. */
export async function stopRedis(pid: number): Promise<'stopped' | 'killed'> {
  return stopProcess(pid, 'SIGTERM', STOPS_WITHIN_MS);
}
