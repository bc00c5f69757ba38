import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { openSync, closeSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { waitUntil } from '../../../scripts/system/processes/wait-until';

export const PROJECT = join(__dirname, '..', '..', '..');

export type ServiceName = 'order-service' | 'delivery-service';

/** One process of a service, from the production build. */
export interface Instance {
  readonly name: string;
  readonly service: ServiceName;
  readonly port: number;
  /** Resolves once it answers; `preloads` are modules that node loads first. */
  start(extra?: { preloads?: readonly string[]; variables?: NodeJS.ProcessEnv }): Promise<void>;
  signal(signal: NodeJS.Signals): void;
  /** Ends it in that way and waits for its end. */
  end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void>;
  /** How often it ended without being told to. */
  crashes(): number;
  /** Null while it does not run. */
  pid(): number | null;
}

export interface InstanceOptions {
  service: ServiceName;
  number: number;
  port: number;
  environment: NodeJS.ProcessEnv;
  /** Its log goes below `logs/`, its pid below `run/`. */
  folder: string;
  preloads: readonly string[];
  /** Options of node itself. */
  nodeOptions?: readonly string[];
  /** What node runs; the build's own server unless said otherwise. */
  program?: string;
}

const READY_WITHIN_MS = 30_000;
const STOPS_WITHIN_MS = 15_000;

export function createInstance(options: InstanceOptions): Instance {
  const { service, port, program = join(PROJECT, 'dist', service, 'server.js') } = options;
  const name = `${service}-${String(options.number)}`;
  const portVariable = service === 'order-service' ? 'ORDER_SERVICE_PORT' : 'DELIVERY_SERVICE_PORT';
  let child: ChildProcess | null = null;
  let told = false;
  let crashes = 0;

  const isRunning = (): boolean => child !== null && child.exitCode === null && child.signalCode === null;

  return {
    name,
    service,
    port,
    crashes: () => crashes,
    pid: () => (isRunning() ? (child?.pid ?? null) : null),
    async start({ preloads = [], variables = {} } = {}) {
      const log = openSync(join(options.folder, 'logs', `${name}.log`), 'a');
      const loads = [...options.preloads, ...preloads].flatMap((file) => ['-r', file]);
      const started = spawn(process.execPath, [...(options.nodeOptions ?? []), ...loads, program], {
        cwd: PROJECT,
        env: { ...options.environment, ...variables, [portVariable]: String(port) },
        stdio: ['ignore', log, log],
      });
      closeSync(log);
      writeFileSync(join(options.folder, 'run', name), String(started.pid));
      child = started;
      told = false;
      started.on('exit', () => {
        if (!told) crashes += 1;
      });
      await waitUntil(async () => !isRunning() || (await isAlive(port)), READY_WITHIN_MS);
    },
    signal: (signal) => void child?.kill(signal),
    async end(signal) {
      if (!isRunning() || !child) return;
      told = true;
      const ended = once(child, 'exit');
      child.kill(signal);
      // A paused process does not hear SIGTERM.
      if (signal === 'SIGTERM') child.kill('SIGCONT');
      const late = setTimeout(() => child?.kill('SIGKILL'), STOPS_WITHIN_MS);
      await ended;
      clearTimeout(late);
    },
  };
}

async function isAlive(port: number): Promise<boolean> {
  const url = `http://127.0.0.1:${String(port)}/health/live`;
  return fetch(url, { signal: AbortSignal.timeout(1_000) }).then(
    ({ ok }) => ok,
    () => false,
  );
}
