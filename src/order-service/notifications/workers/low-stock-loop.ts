import { type Logger } from '../../../shared/observability/logger';
import { type BackgroundLoop, createBackgroundLoop } from '../../../shared/runtime/background-loop';
import { queueLowStockMails, type QueueDependencies } from '../use-cases/queue-low-stock-mails';

/** How often to look for new events, in milliseconds. A mail need not be faster, and each look moves the cursor. */
const POLL_MS = 1_000;

/** The minimum time between two pages while the reader is behind. */
const PACE = { idleMs: 20, busyMs: 200 };

/** Writes mails for events about low stock. */
export function createLowStockLoop({
  logger,
  ...deps
}: QueueDependencies & { logger: Logger }): BackgroundLoop {
  return createBackgroundLoop({
    name: 'low-stock notifications',
    async step() {
      const { hasMore, skipped, missed } = await queueLowStockMails(deps);
      for (const eventId of skipped)
        logger.error('an event about low stock has an unknown form and is not notified', {
          event_id: eventId,
        });
      if (missed !== null)
        logger.error('events were removed before they were read for notifications', {
          reason: missed,
        });
      return hasMore ? 0 : 'idle';
    },
    idleMs: POLL_MS,
    paceMs: PACE,
    logger,
  });
}
