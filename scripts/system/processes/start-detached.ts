import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, renameSync } from 'node:fs';
import { dirname } from 'node:path';
import { OperatorError } from '../operator-error';
import { logLength, logTail } from './log-tail';
import { waitUntil } from './wait-until';

/** Receives the pid before the process is ready, so that it is recorded even if this process is ended. */
export type OnSpawn = (pid: number) => void;

export interface DetachedProcess {
  /** Shown in messages. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly logFile: string;
  readonly env: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly account?: { readonly uid: number; readonly gid: number } | undefined;
  /** Polled until true; then the process counts as started. */
  readonly isReady: (pid: number) => boolean | Promise<boolean>;
  readonly readyWithinMs: number;
  readonly onSpawn?: OnSpawn | undefined;
}

const LINES_SHOWN = 15;

/**
 * Starts a process that outlives this one, appends its output to a log, and waits until it is ready.
 * @throws OperatorError with the end of the log when the process exits or is not ready in time
 */
export async function startDetached(options: DetachedProcess): Promise<{ pid: number }> {
  rotateLog(options.logFile);
  const logStart = logLength(options.logFile);
  const child = spawnWithLog(options);
  const pid = child.pid;
  if (pid === undefined) throw new OperatorError(`${options.name} could not be started: ${options.command}`);
  options.onSpawn?.(pid);
  let ready = false;
  await waitUntil(async () => {
    ready = !hasEnded(child) && (await options.isReady(pid));
    return ready || hasEnded(child);
  }, options.readyWithinMs);
  if (!ready) throw startFailure(child, options, logTail(options.logFile, LINES_SHOWN, logStart));
  return { pid };
}

/** A log longer than this is rotated at the next start; the previous one is kept as `.1`. */
const LONGEST_LOG_BYTES = 20 * 1024 * 1024;

function rotateLog(file: string): void {
  if (logLength(file) > LONGEST_LOG_BYTES) renameSync(file, `${file}.1`);
}

function spawnWithLog(options: DetachedProcess): ChildProcess {
  mkdirSync(dirname(options.logFile), { recursive: true });
  const log = openSync(options.logFile, 'a');
  const child = spawn(options.command, options.args, {
    detached: true,
    stdio: ['ignore', log, log],
    env: options.env,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...options.account,
  });
  child.on('error', () => undefined);
  child.unref();
  closeSync(log);
  return child;
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

function startFailure(
  child: ChildProcess,
  { name, logFile, readyWithinMs }: DetachedProcess,
  tail: readonly string[],
): OperatorError {
  if (hasEnded(child)) {
    const how = child.signalCode ?? `exit code ${String(child.exitCode)}`;
    return new OperatorError(`${name} exited during its start (${how}). From ${logFile}:`, tail);
  }
  child.kill('SIGKILL');
  const seconds = String(readyWithinMs / 1000);
  return new OperatorError(`${name} was not ready within ${seconds} s. From ${logFile}:`, tail);
}
