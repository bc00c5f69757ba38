import { type Logger } from '../../../shared/observability/logger';
import { type Database } from '../../../shared/postgres/queryable';
import { type LoadBudget } from '../../../shared/runtime/load-budget';
import { type BackgroundLoop, createBackgroundLoop } from '../../../shared/runtime/background-loop';
import { advanceReplays } from '../use-cases/advance-replays';
import { CATCH_UP_PAGE, catchUpEndpoints } from '../use-cases/catch-up-endpoints';
import { followClients } from '../use-cases/follow-clients';

const POLL_MS = 2_000;

/** The minimum time between two pages, which are long transactions compared with those of single orders. */
const PACE = { idleMs: 20, busyMs: 200 };

/** How often to look for clients that were disabled or removed, in milliseconds. */
const CLIENTS_POLL_MS = 4_000;

/** How long to wait for the budget of a busy process. */
const THROTTLED_MS = 100;

export interface BacklogLoopOptions {
  db: Database;
  /** Limits the events by the load of the process. */
  budget: LoadBudget;
  logger: Logger;
}

/**
 * Keeps queues short: endpoints with full queues wait in the feed, and replays are queued page by page. Ends the endpoints of clients that are
 * no longer active.
 */
export function createBacklogLoop({ db, budget, logger }: BacklogLoopOptions): BackgroundLoop {
  let followAt = 0;
  return createBackgroundLoop({
    name: 'webhook backlog',
    async step() {
      if (performance.now() >= followAt) {
        await followClients(db);
        followAt = performance.now() + CLIENTS_POLL_MS;
      }
      if (budget.available() === 0) return THROTTLED_MS;
      const isBehind = await catchUpEndpoints(db);
      const isReplaying = await advanceReplays(db);
      if (isBehind || isReplaying) budget.spend(CATCH_UP_PAGE);
      return isBehind || isReplaying ? 0 : 'idle';
    },
    idleMs: POLL_MS,
    paceMs: PACE,
    logger,
  });
}
