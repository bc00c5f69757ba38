import { ConfigError } from '../config/read-env';

const declared = new Set<string>();
let armed: string | undefined;

/**
 * Declares a moment between two effects at which the death of the process could lose or double something.
 *
 * @param name `<operation>.<moment>`, for the setting CRASH_POINT
 * @returns a function to call at that moment. When this crash point is armed, it kills the process as `kill -9` does: nothing is flushed,
 * closed or rolled back.
 */
export function declareCrashPoint(name: string): () => void {
  declared.add(name);
  return () => {
    if (name === armed) process.kill(process.pid, 'SIGKILL');
  };
}

/** The names of all crash points of the loaded modules. */
export const declaredCrashPoints = (): string[] => [...declared];

/**
 * Arms a crash point, so that a test can show the state after a restart.
 *
 * @throws ConfigError in production, and for a name that is not declared.
 */
export function armCrashPoint({
  NODE_ENV,
  CRASH_POINT: name,
}: {
  NODE_ENV: string;
  CRASH_POINT?: string | undefined;
}): void {
  if (NODE_ENV === 'production' && name !== undefined)
    throw new ConfigError(['CRASH_POINT: must not be set in production: it ends the process']);
  if (name !== undefined && !declared.has(name))
    throw new ConfigError([`CRASH_POINT: must be one of ${declaredCrashPoints().join(', ')}`]);
  armed = name;
}
