import { type Origin } from '../../../shared/event-log/event';
import { type Database } from '../../../shared/postgres/queryable';
import { correlationIdsOf } from '../../../shared/event-log/read-events';
import { type Logger } from '../../../shared/observability/logger';

/** A kind of repair; the metric `order_repairs_total` uses the same names. */
export type Repair =
  'created_resent' | 'cancel_resent' | 'caught_up' | 'shipment_restored' | 'renumbered' | 'shipment_released';

export interface RepairLogDependencies {
  db: Database;
  logger: Logger;
}

/**
 * Logs one line for each repaired order, under the correlation id of the request that placed it, or under that of the repair if the first
 * event of the order is not known. A failed lookup of the ids must not undo the repair.
 */
export async function logRepairs(
  { db, logger }: RepairLogDependencies,
  repairs: Partial<Record<Repair, readonly string[]>>,
  origin: Origin,
): Promise<void> {
  const orderIds = Object.values(repairs).flat();
  if (orderIds.length === 0) return;
  const known = await correlationIdsOf(db, orderIds).catch(() => new Map<string, string>());
  for (const [repair, repaired] of Object.entries(repairs))
    for (const orderId of repaired)
      logRepaired(logger, repair as Repair, {
        order_id: orderId,
        correlation_id: known.get(orderId) ?? origin.correlationId,
        actor: origin.actor,
      });
}

export function logRepaired(
  logger: Logger,
  repair: Repair,
  fields: { order_id: string; correlation_id: string; actor: string; event_id?: string; timestamp?: string },
): void {
  logger.info('order repaired', { ...fields, repair });
}
