import { join } from 'node:path';
import { OperatorError } from '../operator-error';
import { takeLock } from '../processes/exclusive-lock';
import { type Settings } from '../settings';

/**
 * Runs an action that changes this copy of the system, with the copy's exclusive lock.
 * @throws OperatorError that names the command that holds the lock
 */
export async function withLock<T>(
  { stateFolder }: Settings,
  command: string,
  action: () => Promise<T>,
): Promise<T> {
  return withLockFile(join(stateFolder, 'run', 'lock'), command, action);
}

/** The same with another lock file. */
export async function withLockFile<T>(file: string, command: string, action: () => Promise<T>): Promise<T> {
  const taken = takeLock(file, command);
  if (typeof taken !== 'function') {
    const { pid, since } = taken;
    throw new OperatorError(
      `"${taken.command}" is running on this copy (pid ${String(pid)}, since ${timeOfDay(since)}): ` +
        `wait until it has ended, then run ${command} again.`,
    );
  }
  try {
    return await action();
  } finally {
    taken();
  }
}

const timeOfDay = (since: string): string => new Date(since).toTimeString().slice(0, 8);
