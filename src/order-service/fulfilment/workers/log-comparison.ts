import { messageOf } from '../../../shared/errors';
import { type Logger } from '../../../shared/observability/logger';
import { type Metrics } from '../../../shared/observability/metrics';
import { type Finding } from '../../orders/domain/compare-shipment';
import { type Repair } from '../use-cases/log-repairs';
import { type ComparisonReport } from '../use-cases/comparison-report';

export interface RepairMetrics {
  ordersRepaired(kind: Repair, count: number): void;
}

export function repairMetrics(metrics: Metrics): RepairMetrics {
  const count = metrics.counter(
    'order_repairs_total',
    'Orders that the reconciler repaired, by kind of repair.',
    ['kind'],
  );
  return { ordersRepaired: (kind, orders) => count({ kind }, orders) };
}

export interface ReportOptions {
  logger: Logger;
  metrics?: RepairMetrics;
}

/** Counts and logs the repairs of a comparison, and logs each new difference that it could not repair. */
export function reportComparison({ logger, metrics }: ReportOptions, report: ComparisonReport): void {
  const { compared, createdResent, cancelResent, caughtUp, restored, aligned, failed } = report;
  metrics?.ordersRepaired('created_resent', createdResent.length);
  metrics?.ordersRepaired('cancel_resent', cancelResent.length);
  metrics?.ordersRepaired('caught_up', caughtUp.length);
  metrics?.ordersRepaired('shipment_restored', restored.length);
  metrics?.ordersRepaired('renumbered', aligned.length);
  const repairs = { createdResent, cancelResent, caughtUp, restored, aligned };
  const repaired = Object.entries(repairs).flatMap(([name, { length }]) =>
    length > 0 ? [[name, length]] : [],
  );
  // Each repair also has a log line of its own.
  if (repaired.length > 0)
    logger.warn('stalled orders were repaired', { compared, ...Object.fromEntries(repaired) });
  for (const { orderId, error } of failed)
    logger.error('a stalled order cannot be repaired', {
      order_id: orderId,
      error: messageOf(error),
    });
  const alreadyLogged = new Set(failed.map(({ orderId }) => orderId));
  for (const finding of report.newFindings) {
    if (alreadyLogged.has(finding.orderId)) continue;
    logFinding(logger, finding);
  }
}

/** Logs a finding: the logs of the order and of the shipment do not show the difference. */
export function logFinding(
  logger: Logger,
  finding: Pick<Finding, 'orderId' | 'kind' | 'orderStatus' | 'shipmentStatus'>,
): void {
  logger.error('an order does not match its shipment', {
    order_id: finding.orderId,
    kind: finding.kind,
    order_status: finding.orderStatus,
    shipment_status: finding.shipmentStatus,
  });
}
