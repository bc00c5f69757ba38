import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** What a process, with the processes that it started, took. */
export interface ProcessUsage {
  name: string;
  cpuSeconds: number;
  /** The most that was resident at once; memory that its processes share is counted once. */
  peakMemoryBytes: number;
}

export interface Meter {
  start(): void;
  /** What was taken since the start. */
  stop(): ProcessUsage[];
}

/** Measures the CPU time of these processes between start and stop, and their memory. This process counts as the load generator. */
export function meterOf(pids: Readonly<Record<string, number | null>>): Meter {
  const roots = Object.entries({ ...pids, 'load generator': process.pid });
  let before = new Map<string, number>();
  const measure = (): ProcessUsage[] => {
    const all = readProcesses();
    return roots.flatMap(([name, pid]) => (pid === null ? [] : [usageOf(name, pid, all)]));
  };
  return {
    start() {
      before = new Map(measure().map(({ name, cpuSeconds }) => [name, cpuSeconds]));
    },
    stop: () =>
      measure().map((usage) => ({ ...usage, cpuSeconds: usage.cpuSeconds - (before.get(usage.name) ?? 0) })),
  };
}

interface ProcessState {
  pid: number;
  parent: number;
  /** Its own, and that of the children that have ended. */
  cpuSeconds: number;
  privateBytes: number;
  sharedBytes: number;
}

function usageOf(name: string, root: number, all: readonly ProcessState[]): ProcessUsage {
  // The load generator started the others.
  const family = all.filter(({ pid, parent }) => pid === root || (parent === root && root !== process.pid));
  const sum = (of: (state: ProcessState) => number): number =>
    family.reduce((total, state) => total + of(state), 0);
  return {
    name,
    cpuSeconds: root === process.pid ? ownCpuSeconds() : sum(({ cpuSeconds }) => cpuSeconds),
    peakMemoryBytes:
      sum(({ privateBytes }) => privateBytes) + Math.max(0, ...family.map(({ sharedBytes }) => sharedBytes)),
  };
}

function ownCpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000_000;
}

const readProcesses = (): ProcessState[] =>
  existsSync('/proc/self/stat') ? processesFromProc() : processesFromPs();

const CLOCK_TICKS_PER_SECOND = 100;

function processesFromProc(): ProcessState[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        return [processFromProc(pid)];
      } catch {
        return [];
      }
    });
}

function processFromProc(pid: string): ProcessState {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The program's name stands in brackets and may itself hold spaces and brackets.
  const fields = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  const [userTicks = 0, systemTicks = 0, endedUserTicks = 0, endedSystemTicks = 0] = fields.slice(11, 15);
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const bytes = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) * 1_024;
  const shared = bytes('RssFile') + bytes('RssShmem');
  return {
    pid: Number(pid),
    parent: fields[1] ?? 0,
    cpuSeconds: (userTicks + systemTicks + endedUserTicks + endedSystemTicks) / CLOCK_TICKS_PER_SECOND,
    privateBytes: Math.max(0, bytes('VmHWM') - shared),
    sharedBytes: shared,
  };
}

/** Without /proc there is no peak, only what is resident now, nor a split into private and shared. */
function processesFromPs(): ProcessState[] {
  const { stdout } = spawnSync('ps', ['-A', '-o', 'pid=,ppid=,rss=,time='], {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C' },
  });
  return stdout
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .map(([pid, parent, kilobytes, time = '0']) => ({
      pid: Number(pid),
      parent: Number(parent),
      cpuSeconds: secondsOf(time),
      privateBytes: Number(kilobytes) * 1_024,
      sharedBytes: 0,
    }));
}

/** Reads `[[days-]hours:]minutes:seconds`. */
export function secondsOf(time: string): number {
  const [days, clock] = time.includes('-') ? (time.split('-') as [string, string]) : ['0', time];
  return Number(days) * 86_400 + clock.split(':').reduce((total, part) => total * 60 + Number(part), 0);
}
