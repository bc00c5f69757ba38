import { z } from 'zod';
import { retentionVariables, seconds } from '../../shared/config/fragments';
import { createMemoryReplayCache, createReplayCache } from '../../shared/idempotency/replay-cache';
import { type Module, type Platform } from '../platform';
import { bulkOperation } from './routes/bulk-operations';
import { type ScopeDeclaration } from '../../shared/contracts/scopes';
import { EVENTS_TAG, eventsOperation } from './routes/event-operations';
import { exportOperation } from './routes/export-operations';
import { orderListOperation } from './routes/order-list-operations';
import { orderOperations } from './routes/order-operations';
import { ORDERS_TAG } from './routes/order-schemas';
import { type CatalogueMode } from './domain/resolve-items';
import { checkOrderList, countEventsBehindList } from './use-cases/check-order-list';
import { createOrderCatalogue } from './use-cases/order-catalogue';
import { createPublicEventsReader } from './use-cases/public-events-reader';
import { createOrderWriter } from './use-cases/write-orders';
import { expiredOrderPruning } from './use-cases/prune-expired';
import { createEventWakeups } from './workers/event-wakeups';
import { createOrderListUpdates } from './workers/order-list-updates';

export const orderSettings = {
  ...retentionVariables,
  DUPLICATE_WINDOW_SECONDS: seconds().default(60).meta({
    description: 'seconds within which a repeated order without Idempotency-Key counts as the same order',
  }),
  CATALOGUE: z.enum(['open', 'strict']).default('open').meta({
    description:
      'strict: every item of an order must be an active product of the catalogue, at its price; open: other items are allowed too',
  }),
};

interface OrdersConfig {
  DUPLICATE_WINDOW_SECONDS: number;
  CATALOGUE: CatalogueMode;
  EVENT_RETENTION_DAYS: number;
}

export const orderScopes: ScopeDeclaration = {
  scopes: ['order:create', 'order:read', 'order:cancel', 'order:manage'],
  ofShops: ['order:create', 'order:read', 'order:cancel'],
};

/** The module `orders`: places, reads, lists, exports and cancels orders, and shows their events. */
export function composeOrders(platform: Platform, config: OrdersConfig): Module {
  const { database: db, readPool, redis, logger, metrics, spendQuota, sequencer } = platform;
  const replayCache = redis ? createReplayCache(redis.redis, redis.attempt, db) : createMemoryReplayCache();
  const orders = {
    db,
    logger,
    writeOrder: createOrderWriter(db),
    catalogue: createOrderCatalogue(db, config.CATALOGUE),
    replayCache,
    duplicateWindowSeconds: config.DUPLICATE_WINDOW_SECONDS,
  };
  metrics.gauge(
    'events_behind_order_list',
    'Events that the order list has not followed, at most 5 001.',
    () => countEventsBehindList(db),
  );
  const wakeups = createEventWakeups({ db, sequencer, logger });
  return {
    tags: [
      { name: ORDERS_TAG, description: 'Orders of the calling client; operators see all.' },
      {
        name: EVENTS_TAG,
        description: 'Every change of an order, a product or its stock as an event, in one feed.',
      },
    ],
    links: { orders: '/orders', events: '/events' },
    operations: [
      ...orderOperations(orders),
      orderListOperation({ reads: readPool }),
      exportOperation({ reads: readPool }),
      bulkOperation({ ...orders, spendQuota }),
      eventsOperation({
        db,
        readEvents: createPublicEventsReader({ db, logger }),
        waitForEvent: wakeups.wait,
      }),
    ],
    components: [createOrderListUpdates({ db, sequencer, logger })],
    waiting: [wakeups],
    housekeeping: expiredOrderPruning(db, config.EVENT_RETENTION_DAYS),
    healthChecks: { order_list: { check: () => checkOrderList(db), critical: false } },
  };
}
