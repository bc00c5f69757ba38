import { messageOf } from '../../shared/errors';
import { type Logger } from '../../shared/observability/logger';
import { type Metrics } from '../../shared/observability/metrics';
import { originOf } from '../../shared/observability/origin';
import { createBackgroundLoop, type BackgroundLoop } from '../../shared/runtime/background-loop';
import { reconcileOrders, type ReconcileDependencies } from '../services/shipments/reconcile-orders';

export interface OrderReconcilerOptions extends ReconcileDependencies {
  logger: Logger;
  metrics: Metrics;
}

/** Looks for orders that have stood still and repairs them, several times within the time after which they are compared. */
export function createOrderReconciler(options: OrderReconcilerOptions): BackgroundLoop {
  return createBackgroundLoop({
    name: 'order reconciler',
    idleMs: (options.afterSeconds * 1_000) / 4,
    logger: options.logger,
    async step(signal) {
      const report = await reconcileOrders(options, originOf('order-reconciler'), signal);
      const { compared, createdResent, cancelResent, caughtUp, failed, outage } = report;
      options.metrics.ordersRepaired('created_resent', createdResent.length);
      options.metrics.ordersRepaired('cancel_resent', cancelResent.length);
      options.metrics.ordersRepaired('caught_up', caughtUp.length);
      const repairs = createdResent.length + cancelResent.length + caughtUp.length;
      if (repairs > 0)
        options.logger.warn('orders that stood still were repaired', {
          compared,
          createdResent,
          cancelResent,
          caughtUp,
        });
      for (const { orderId, error } of failed)
        options.logger.error('an order that stood still cannot catch up', {
          order_id: orderId,
          error: messageOf(error),
        });
      if (outage) throw outage;
      return compared > 0 ? 'busy' : 'idle';
    },
  });
}
