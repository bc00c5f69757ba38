import { ConfigError } from '../config/read-env';

/** The moments between two effects at which a process that dies could lose or double something. */
export const CRASH_POINTS = [
  'place-order.before-commit',
  'place-order.after-commit',
  'relay.before-send',
  'relay.after-send',
  'relay.after-mark',
  'consumer.before-handle',
  'consumer.after-handle',
  'accept-order.before-commit',
  'apply-status.before-commit',
] as const;
export type CrashPoint = (typeof CRASH_POINTS)[number];

let armed: CrashPoint | undefined;

/**
 * Makes this process die at that point, so that a test can show what a restart finds.
 *
 * @throws ConfigError in production.
 */
export function armCrashPoint({
  NODE_ENV,
  CRASH_POINT,
}: {
  NODE_ENV: string;
  CRASH_POINT?: CrashPoint | undefined;
}): void {
  if (NODE_ENV === 'production' && CRASH_POINT !== undefined)
    throw new ConfigError(['CRASH_POINT: must not be set in production: it ends the process']);
  armed = CRASH_POINT;
}

/** Where the process dies when it is told to, as if by `kill -9`: nothing is flushed, closed or rolled back. */
export function crashPoint(point: CrashPoint): void {
  if (point === armed) process.kill(process.pid, 'SIGKILL');
}
