import { type Logger } from '../../../shared/observability/logger';
import { type BackgroundLoop, createBackgroundLoop } from '../../../shared/runtime/background-loop';
import {
  queueLowStockMails,
  type QueueDependencies,
  type QueueResult,
} from '../use-cases/queue-low-stock-mails';

export interface LowStockLoopOptions extends QueueDependencies {
  logger: Logger;
  /** Told of mails that a limit leaves out: `hour`, the recipient got one about the product; `day`, the limit of the owner. */
  onLimited?: (reason: 'hour' | 'day', count: number) => void;
}

/** How often to look for new events, in milliseconds. A mail need not be faster, and each look moves the cursor. */
const POLL_MS = 1_000;

/** The minimum time between two pages while the reader is behind. */
const PACE = { idleMs: 20, busyMs: 200 };

/** Writes mails for events about low stock. */
export function createLowStockLoop(options: LowStockLoopOptions): BackgroundLoop {
  const { logger } = options;
  return createBackgroundLoop({
    name: 'low-stock notifications',
    async step() {
      const result = await queueLowStockMails(options);
      report(result, options);
      return result.hasMore ? 0 : 'idle';
    },
    idleMs: POLL_MS,
    paceMs: PACE,
    logger,
  });
}

function report(
  { skipped, missed, limited: { repeated, overLimit } }: QueueResult,
  { logger, onLimited = () => undefined }: LowStockLoopOptions,
): void {
  for (const eventId of skipped)
    logger.error('an event about low stock has an unknown form and is not notified', { event_id: eventId });
  if (missed !== null)
    logger.error('events were removed before they were read for notifications', { reason: missed });
  if (repeated > 0) onLimited('hour', repeated);
  for (const [owner, count] of overLimit) {
    onLimited('day', count);
    logger.warn('notifications of a client exceed the daily limit and are left out', {
      client_id: owner,
      count,
    });
  }
}
