import { type Logger } from '../../../shared/observability/logger';
import { originOf } from '../../../shared/event-log/origin';
import { createBackgroundLoop, type BackgroundLoop } from '../../../shared/runtime/background-loop';
import { type CompareDependencies } from '../use-cases/compare-orders';
import { reconcileOrders } from '../use-cases/reconcile-orders';
import { reportComparison, type RepairMetrics } from './report-comparison';

export interface OrderReconcilerOptions extends CompareDependencies {
  logger: Logger;
  metrics: RepairMetrics;
}

/** Looks for orders that have stood still and repairs them, several times within the time after which they are compared. */
export function createOrderReconciler(options: OrderReconcilerOptions): BackgroundLoop {
  return createBackgroundLoop({
    name: 'order reconciler',
    idleMs: (options.afterSeconds * 1_000) / 4,
    logger: options.logger,
    async step(signal) {
      const report = await reconcileOrders(options, originOf('order-reconciler'), signal);
      reportComparison(options, report);
      if (report.outage) throw report.outage;
      return report.compared > 0 ? 'busy' : 'idle';
    },
  });
}
