import { spawn } from 'node:child_process';
import { type Socket } from 'node:net';

/**
 * Starts a shell that waits for the end of its input, which comes with the end of this process in whichever way, and then ends the
 * processes whose pids are in the files below `run/` of the folder, and removes the folder. In its own session, so that Ctrl-C does
 * not reach it. A file system that is mounted at `disk/` is let go first. Nothing happens when `run/` is
 * gone by then.
 */
export function endWithThisProcess(folder: string): void {
  const script =
    'cat >/dev/null; [ -d "$0/run" ] || exit; for file in "$0"/run/*; do kill -QUIT "$(cat "$file")" 2>/dev/null; done; sleep 1; ' +
    'for file in "$0"/run/*; do kill -KILL "$(cat "$file")" 2>/dev/null; done; ' +
    'umount -l "$0/disk" 2>/dev/null; rm -rf "$0"';
  const shell = spawn('/bin/sh', ['-c', script, folder], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  shell.unref();
  (shell.stdin as Socket).unref();
}
