import { type EventSequencer } from '../../../shared/event-log/event-sequencer';
import { type Logger } from '../../../shared/observability/logger';
import { type Database } from '../../../shared/postgres/queryable';
import { type BackgroundLoop, createBackgroundLoop } from '../../../shared/runtime/background-loop';
import { orderListUpdating } from '../use-cases/update-order-list';

export interface OrderListUpdatesOptions {
  db: Database;
  sequencer: Pick<EventSequencer, 'onAdvanced'>;
  logger: Logger;
}

/**
 * The minimum time between steps: several changes of an order in this time cost one change of the list. A list that is
 * read meanwhile takes the waiting changes from the orders themselves.
 */
const PACE = { idleMs: 250, busyMs: 1_000 };

/** How often to look for positions that other processes gave, in milliseconds. */
const POLL_MS = 1_000;

/** Keeps the order list up to date with the event feed. */
export function createOrderListUpdates({ db, sequencer, logger }: OrderListUpdatesOptions): BackgroundLoop {
  const update = orderListUpdating(db);
  const loop = createBackgroundLoop({
    name: 'order list',
    async step() {
      const outcome = await update();
      if (outcome === 'more') return 'busy';
      return outcome === 'applied' ? 0 : 'idle';
    },
    idleMs: POLL_MS,
    paceMs: PACE,
    logger,
  });
  sequencer.onAdvanced(() => loop.nudge());
  return loop;
}
