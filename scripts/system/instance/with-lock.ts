import { join } from 'node:path';
import { OperatorError } from '../operator-error';
import { takeLock } from '../processes/exclusive-lock';
import { type Settings } from '../settings';

/**
 * Does what changes this copy of the system while no other command changes it.
 * @throws OperatorError that names the command that does
 */
export async function withLock<T>(
  { stateFolder }: Settings,
  command: string,
  action: () => Promise<T>,
): Promise<T> {
  return withLockFile(join(stateFolder, 'run', 'lock'), command, action);
}

/** The same with a lock of its own. */
export async function withLockFile<T>(file: string, command: string, action: () => Promise<T>): Promise<T> {
  const taken = takeLock(file, command);
  if (typeof taken !== 'function') {
    const { pid, since } = taken;
    throw new OperatorError(
      `"${taken.command}" is at work on this copy (pid ${String(pid)}, since ${timeOfDay(since)}): ` +
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
