import { type Logger } from '../observability/logger';
import { createBackgroundLoop, type BackgroundLoop } from './background-loop';

const REST_MS = 5 * 60_000;

/**
 * Removes expired rows every five minutes, a few at a time, so that no table grows without end.
 *
 * @param prunings each removes some rows and returns how many.
 */
export function createHousekeepingLoop(
  prunings: readonly (() => Promise<number>)[],
  logger: Logger,
): BackgroundLoop {
  return createBackgroundLoop({
    name: 'housekeeping',
    idleMs: REST_MS,
    logger,
    async step() {
      let removed = 0;
      for (const prune of prunings) removed += await prune();
      if (removed > 0) logger.debug('expired rows removed', { removed });
      return removed > 0 ? 'busy' : 'idle';
    },
  });
}
