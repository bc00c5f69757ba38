import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { OperatorError } from '../../scripts/system/operator-error';

/** The cores that this process may use. */
export function usableCores(): number[] {
  const file = '/proc/self/status';
  const list = existsSync(file) && /^Cpus_allowed_list:\s*(\S+)$/m.exec(readFileSync(file, 'utf8'))?.[1];
  return list ? coresIn(list) : Array.from({ length: cpus().length }, (_, core) => core);
}

/** Reads `0-3,8`. */
export const coresIn = (list: string): number[] =>
  list.split(',').flatMap((range) => {
    const [first = Number.NaN, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });

/**
 * The cores of the option `--cores`.
 *
 * @throws Error with one line when the list is malformed or this machine does not have such a core
 */
export function chosenCores(list: string, usable: readonly number[] = usableCores()): number[] {
  if (!/^\d+(-\d+)?(,\d+(-\d+)?)*$/.test(list))
    throw new Error(`--cores must be core numbers such as 0,1 or 0-3, not "${list}"`);
  const cores = [...new Set(coresIn(list))];
  const missing = cores.filter((core) => !usable.includes(core));
  if (cores.length === 0 || missing.length > 0)
    throw new Error(
      `--cores: ${missing.length > 0 ? missing.join(', ') : list} cannot be used; this process may use ${usable.join(', ')}`,
    );
  return cores;
}

/** @throws OperatorError of one line when processes cannot be pinned on this machine */
export function requireTaskset(): void {
  const { error } = spawnSync('taskset', ['--version'], { stdio: 'ignore' });
  if (error)
    throw new OperatorError(
      `the scenario instances needs the program taskset of util-linux, which pins processes to cores: ${error.message}`,
    );
}

/** A process and its children. */
export function familyOf(pid: number): number[] {
  const children = `/proc/${String(pid)}/task/${String(pid)}/children`;
  const numbers = existsSync(children) ? readFileSync(children, 'utf8').trim().split(/\s+/) : [];
  return [pid, ...numbers.filter(Boolean).map(Number)];
}

/** Pins all threads of a process to these cores; threads and children that it starts later inherit them. */
export function pin(pid: number, cores: readonly number[]): void {
  const { status, stderr } = spawnSync('taskset', ['-a', '-c', '-p', cores.join(','), String(pid)], {
    encoding: 'utf8',
  });
  if (status !== 0)
    throw new OperatorError(
      `process ${String(pid)} cannot be pinned to cores ${cores.join(', ')}: ${stderr.trim()}`,
    );
}
