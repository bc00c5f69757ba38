import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePorts } from './free-ports';
import { builtProgram } from './built-program';
import { eventually } from './eventually';
import { type ServiceName } from './databases';

/** One instance of a service as a process of its own, which can be killed. */
export interface ServiceProcess {
  readonly url: string;
  /** Resolves once it is ready, or has ended; `variables` are added to its environment this time. */
  start(variables?: Record<string, string>): Promise<void>;
  /** The signal by which it ended. */
  ended(): Promise<NodeJS.Signals | null>;
  /** Its exit code, once it has ended; null when that was by a signal. */
  exitCode(): Promise<number | null>;
  pid(): number;
  /** The processes that it has started itself and that are running. */
  children(): number[];
  kill(signal: NodeJS.Signals): Promise<void>;
  /** The same for the whole group of processes, as systemd and a terminal do it; only for one that was started as a group. */
  killGroup(signal: NodeJS.Signals): Promise<void>;
  /** What the process holds in memory now (resident set). */
  memoryBytes(): number;
}

export interface ProcessOptions {
  /** Whether it leads a group of processes of its own. */
  isGroup?: boolean;
  /** Called with its log as it comes. */
  onLog?: (text: string) => void;
  /** The file of the program `<service>/server`; that of the present sources by default. */
  program?: (name: string) => Promise<string>;
}

const ROOT = join(__dirname, '..', '..');
/** Generous, for a busy machine. */
const START_WITHIN_MS = 60_000;
const ANSWER_WITHIN_MS = 5_000;

/** Describes an instance on a port of its own; `start` runs it and waits until it is ready. */
export async function serviceProcess(
  service: ServiceName,
  environment: Record<string, string>,
  { isGroup = false, onLog, program = builtProgram }: ProcessOptions = {},
): Promise<ServiceProcess> {
  const [port = 0] = await freePorts(1);
  const url = `http://127.0.0.1:${String(port)}`;
  const portVariable = service === 'order-service' ? 'ORDER_SERVICE_PORT' : 'DELIVERY_SERVICE_PORT';
  let child: ChildProcess | undefined;
  return {
    url,
    async start(variables = {}) {
      child = spawn(process.execPath, [await program(`${service}/server`)], {
        cwd: ROOT,
        env: { ...process.env, ...environment, ...variables, [portVariable]: String(port) },
        stdio: ['ignore', onLog ? 'pipe' : 'ignore', 'inherit'],
        detached: isGroup,
      });
      child.stdout?.on('data', (chunk: Buffer) => onLog?.(chunk.toString()));
      const started = child;
      await eventually(async () => {
        if (started.exitCode !== null || started.signalCode !== null) return;
        const { ok } = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
        if (!ok) throw new Error(`${service} is not ready`);
      }, START_WITHIN_MS);
    },
    memoryBytes() {
      const [, kilobytes] =
        /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${String(child?.pid)}/status`, 'utf8')) ?? [];
      return Number(kilobytes) * 1_024;
    },
    pid: () => child?.pid ?? 0,
    children() {
      const pid = String(child?.pid);
      return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
    },
    async ended() {
      await untilEnded(child);
      return child?.signalCode ?? null;
    },
    async exitCode() {
      await untilEnded(child);
      return child?.exitCode ?? null;
    },
    async kill(signal) {
      child?.kill(signal);
      await untilEnded(child);
    },
    async killGroup(signal) {
      if (child?.pid) process.kill(-child.pid, signal);
      await untilEnded(child);
    },
  };
}

async function untilEnded(child: ChildProcess | undefined): Promise<void> {
  if (child && child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}
