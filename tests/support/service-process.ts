import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePorts } from '../../scripts/system/processes/free-ports';
import { eventually } from './eventually';
import { type ServiceName } from './databases';

/** One instance of a service as a process of its own, which can be killed. */
export interface ServiceProcess {
  readonly url: string;
  /** Resolves once it is ready, or has ended; `variables` are added to its environment this time. */
  start(variables?: Record<string, string>): Promise<void>;
  /** The signal by which it ended. */
  ended(): Promise<NodeJS.Signals | null>;
  kill(signal: NodeJS.Signals): Promise<void>;
  /** What the process holds in memory now (resident set). */
  memoryBytes(): number;
}

const ROOT = join(__dirname, '..', '..');
const running = new Set<ChildProcess>();
process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')));

/** Describes an instance on a port of its own; `start` runs it from the sources and waits until it is ready. */
export async function serviceProcess(
  service: ServiceName,
  environment: Record<string, string>,
): Promise<ServiceProcess> {
  const [port = 0] = await freePorts(1);
  const url = `http://127.0.0.1:${String(port)}`;
  const portVariable = service === 'order-service' ? 'ORDER_SERVICE_PORT' : 'DELIVERY_SERVICE_PORT';
  let child: ChildProcess | undefined;
  return {
    url,
    async start(variables = {}) {
      child = spawn(process.execPath, ['-r', 'ts-node/register', `src/${service}/server.ts`], {
        cwd: ROOT,
        env: { ...process.env, ...environment, ...variables, [portVariable]: String(port) },
        stdio: ['ignore', 'ignore', 'inherit'],
      });
      running.add(child);
      const started = child;
      await eventually(async () => {
        if (started.exitCode !== null || started.signalCode !== null) return;
        const { ok } = await fetch(`${url}/health/ready`);
        if (!ok) throw new Error(`${service} is not ready`);
      });
    },
    memoryBytes() {
      const [, kilobytes] =
        /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${String(child?.pid)}/status`, 'utf8')) ?? [];
      return Number(kilobytes) * 1_024;
    },
    async ended() {
      if (child && child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      return child?.signalCode ?? null;
    },
    async kill(signal) {
      if (!child || child.exitCode !== null || child.signalCode !== null) return;
      child.kill(signal);
      await once(child, 'exit');
      running.delete(child);
    },
  };
}
