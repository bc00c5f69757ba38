import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { subscribe } from 'node:diagnostics_channel';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Environment variable of every started process: it identifies processes whose parent has ended. */
const MARK = 'STARTED_BY_TESTS';

/**
 * Ends the processes whose pids are in the files below `run/` of the folder, their descendants, and processes marked with `$1`, and removes
 * the folder. A file system mounted at `disk/` is unmounted first. Does nothing if `run/` no longer exists.
 */
const END_PROCESSES = `
  family() {
    for child in $(cat "/proc/$1/task/$1/children" 2>/dev/null || ps -A -o ppid= -o pid= | awk -v parent="$1" '$1 == parent { print $2 }'); do
      family "$child"
    done
    echo "$1"
  }
  [ -d "$0/run" ] || exit
  pids=$(for file in "$0"/run/*; do [ -f "$file" ] && family "$(cat "$file")"; done)
  [ -z "$1" ] || pids="$pids $(grep -las "${MARK}=$1" /proc/[0-9]*/environ | cut -d / -f 3)"
  if [ -n "\${pids# }" ]; then
    kill -QUIT $pids
    sleep 1
    kill -KILL $pids
  fi
  umount -l "$0/disk"
  rm -rf "$0"`;

const watchers = new WeakSet<ChildProcess>();

/** When this process ends in any way, ends the processes named in `run/` of the folder and removes the folder. */
export function endWithThisProcess(folder: string): void {
  afterThisProcess(END_PROCESSES, [folder]);
}

/** The same for every process that this one starts from now on, and their descendants. */
export function endChildrenWithThisProcess(): void {
  const mark = randomUUID();
  process.env[MARK] = mark;
  let run: string | undefined;
  subscribe('child_process', (message) => {
    const { process: child } = message as { process: ChildProcess };
    child.once('spawn', () => {
      if (watchers.has(child)) return;
      run ??= watchedFolder(mark);
      const file = join(run, String(child.pid));
      writeFileSync(file, String(child.pid));
      child.once('exit', () => rmSync(file, { force: true }));
    });
  });
}

/**
 * Starts a shell that waits for the end of its input, which is closed when this process ends in any way, and then runs a script with the
 * arguments `$0`, `$1` and so on. It has its own session, so that Ctrl-C does not reach it.
 */
export function afterThisProcess(
  script: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): void {
  const shell = spawn('/bin/sh', ['-c', `cat >/dev/null\n${script}`, ...args], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    env: { ...env, [MARK]: undefined },
  });
  watchers.add(shell);
  shell.unref();
  (shell.stdin as Socket).unref();
}

/** The folder with the pid files. */
function watchedFolder(mark: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'order-processing-children-'));
  afterThisProcess(END_PROCESSES, [folder, mark]);
  const run = join(folder, 'run');
  mkdirSync(run);
  return run;
}
