import { isRunning } from './process-facts';
import { waitUntil } from './wait-until';

const KILL_TAKES_AT_MOST_MS = 5000;

/**
 * Asks a process to end and waits for it; after `graceMs` it is killed.
 * @returns 'stopped' if it ended by itself (or was not running), 'killed' if it had to be killed
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
