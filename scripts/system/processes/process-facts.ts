import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

/** Facts about a running process. `startMark` distinguishes processes with the same pid. */
export interface ProcessFacts {
  readonly pid: number;
  readonly startMark: string;
  readonly startedAt: Date;
  readonly memoryBytes: number;
  readonly command: string;
}

/** Facts of a running process, or null if there is none (a zombie counts as none). */
export function processFacts(pid: number): ProcessFacts | null {
  return existsSync('/proc/self/stat') ? factsFromProc(pid) : factsFromPs(pid);
}

/** True while a process with this pid runs. A zombie does not count as running. */
export function isRunning(pid: number): boolean {
  return processFacts(pid) !== null;
}

const CLOCK_TICKS_PER_SECOND = 100;
const START_TIME_FIELD = 19;
const RESIDENT_PAGES_FIELD = 21;
const PAGE_BYTES = 4096;

function factsFromProc(pid: number): ProcessFacts | null {
  try {
    const stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
    // The program's name is in brackets and may itself contain spaces and brackets.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z' || fields[0] === 'X') return null;
    const ticks = Number(fields[START_TIME_FIELD]);
    const ageSeconds = uptimeSeconds() - ticks / CLOCK_TICKS_PER_SECOND;
    return {
      pid,
      startMark: `${bootId()}-${String(ticks)}`,
      startedAt: new Date(Date.now() - ageSeconds * 1000),
      memoryBytes: Number(fields[RESIDENT_PAGES_FIELD]) * PAGE_BYTES,
      command: commandFromProc(pid),
    };
  } catch {
    return null;
  }
}

/** The boot id instead of the boot time, which changes when the clock is set. */
function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}

function uptimeSeconds(): number {
  return Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]);
}

function commandFromProc(pid: number): string {
  return readFileSync(`/proc/${String(pid)}/cmdline`, 'utf8')
    .replaceAll('\0', ' ')
    .trim();
}

function factsFromPs(pid: number): ProcessFacts | null {
  const fields = ['state=', 'lstart=', 'rss=', 'command='].flatMap((field) => ['-o', field]);
  const { status, stdout } = spawnSync('ps', [...fields, '-p', String(pid)], {
    encoding: 'utf8',
    env: { LC_ALL: 'C' },
  });
  const match = /^\s*(\S+)\s+(\w+ \w+ +\d+ [\d:]+ \d+)\s+(\d+)\s+(.*)$/m.exec(stdout);
  if (status !== 0 || match === null || match[1]?.startsWith('Z')) return null;
  const [, , started = '', kilobytes, command = ''] = match;
  return {
    pid,
    startMark: started,
    startedAt: new Date(started),
    memoryBytes: Number(kilobytes) * 1024,
    command,
  };
}
