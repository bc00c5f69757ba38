import { isRunning } from './process-facts';
import { waitUntil } from './wait-until';

const KILL_TAKES_AT_MOST_MS = 5000;

/**
 * Sends a process a termination signal and waits for its end; after `graceMs` it is killed.
 * @returns 'stopped' if it exited in time (or was not running), otherwise 'killed'
 */
export async function stopProcess(
  pid: number,
  signal: NodeJS.Signals,
  graceMs: number,
): Promise<'stopped' | 'killed'> {
  if (!sendSignal(pid, signal)) return 'stopped';
  if (await waitUntil(() => !isRunning(pid), graceMs)) return 'stopped';
  sendSignal(pid, 'SIGKILL');
  await waitUntil(() => !isRunning(pid), KILL_TAKES_AT_MOST_MS);
  return 'killed';
}

function sendSignal(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}
