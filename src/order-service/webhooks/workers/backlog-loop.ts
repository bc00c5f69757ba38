import { type Logger } from '../../../shared/observability/logger';
import { type Database } from '../../../shared/postgres/queryable';
import { type BackgroundLoop, createBackgroundLoop } from '../../../shared/runtime/background-loop';
import { advanceReplays } from '../use-cases/advance-replays';
import { catchUpEndpoints } from '../use-cases/catch-up-endpoints';

const POLL_MS = 2_000;

/** The minimum time between two pages, which are long transactions compared with those of single orders. */
const PACE = { idleMs: 20, busyMs: 200 };

/** Keeps queues short: endpoints with full queues wait in the feed, and replays are queued page by page. */
export function createBacklogLoop(options: {
  db: Database;
  logger: Logger;
  fullQueue?: number;
}): BackgroundLoop {
  const { db, logger, fullQueue } = options;
  return createBackgroundLoop({
    name: 'webhook backlog',
    async step() {
      const isBehind = await catchUpEndpoints(db, fullQueue);
      const isReplaying = await advanceReplays(db);
      return isBehind || isReplaying ? 0 : 'idle';
    },
    idleMs: POLL_MS,
    paceMs: PACE,
    logger,
  });
}
