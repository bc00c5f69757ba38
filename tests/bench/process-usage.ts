import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** The usage of a process and its descendants. */
export interface ProcessUsage {
  name: string;
  cpuSeconds: number;
  /** Peak resident memory; memory shared by its processes is counted once. */
  peakMemoryBytes: number;
}

export interface Meter {
  start(): void;
  /** The usage since the start. */
  stop(): ProcessUsage[];
}

/** Measures CPU time and memory of these processes between start and stop. This process is the load generator. */
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
  /** CPU time of the process and of its ended children. */
  cpuSeconds: number;
  privateBytes: number;
  sharedBytes: number;
}

function usageOf(name: string, root: number, all: readonly ProcessState[]): ProcessUsage {
  // The other processes are children of the load generator.
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
  // The program's name is in brackets and may itself contain spaces and brackets.
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

/** Without /proc only the current resident memory is known, without a peak or a split into private and shared. */
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
