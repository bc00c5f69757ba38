import { LAST_ID } from '../../../shared/contracts/text';
import { originOf } from '../../../shared/event-log/event';
import { type Logger } from '../../../shared/observability/logger';
import { type BackgroundLoop, createBackgroundLoop } from '../../../shared/runtime/background-loop';
import { checkHeldShipments } from '../use-cases/check-held-shipments';
import { type CompareDependencies } from '../use-cases/compare-orders';
import { type ComparisonReport } from '../use-cases/comparison-report';
import { recheckFindings } from '../use-cases/recheck-findings';
import {
  reconcileOrders,
  type SweepDependencies,
  sweepOrders,
  sweepShipments,
} from '../use-cases/sweep-orders';
import { type RepairMetrics, reportComparison } from './log-comparison';

export interface OrderReconcilerOptions extends CompareDependencies {
  logger: Logger;
  metrics: RepairMetrics;
}

/** Compares and repairs orders that have not moved, several times within `afterSeconds`. */
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

export interface ReconciliationSweepOptions extends SweepDependencies {
  logger: Logger;
  metrics: RepairMetrics;
}

/**
 * Finds what a restored database has lost and the order reconciler cannot see: ended orders, shipments without orders, and held shipments.
 * Each step compares a page of each; after a restore there are no pauses between steps.
 */
export function createReconciliationSweep(options: ReconciliationSweepOptions): BackgroundLoop {
  let heldPosition: string = LAST_ID;

  async function step(signal: AbortSignal): Promise<'busy' | 'idle'> {
    const origin = originOf('order-reconciler');
    const rechecked = report(await recheckFindings(options, origin, signal));
    const isReleasing = await checkHeld(signal);
    const ofShipments = report(await sweepShipments(options));
    const ofOrders = report(await sweepOrders(options, origin, signal));
    return rechecked || isReleasing || ofShipments || ofOrders ? 'busy' : 'idle';
  }

  /** Returns whether a comparison took place; an outage ends the step, so that the loop backs off. */
  function report(comparison: ComparisonReport | null): boolean {
    if (!comparison) return false;
    reportComparison(options, comparison);
    if (comparison.outage) throw comparison.outage;
    return true;
  }

  async function checkHeld(signal: AbortSignal): Promise<boolean> {
    const page = await checkHeldShipments(options, heldPosition, originOf('order-reconciler'), signal);
    heldPosition = page.position;
    if (page.released.length > 0)
      options.logger.warn('held shipments were released', { orders: page.released.length });
    options.metrics.ordersRepaired('shipment_released', page.released.length);
    report(page.report);
    return page.released.length > 0 || page.position !== LAST_ID;
  }

  return createBackgroundLoop({
    name: 'reconciliation sweep',
    idleMs: (options.afterSeconds * 1_000) / 4,
    logger: options.logger,
    step,
  });
}
