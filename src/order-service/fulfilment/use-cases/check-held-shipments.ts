import { LAST_ID } from '../../../shared/contracts/text';
import {
  holdResult,
  RECONCILIATION_BATCH,
  sweptShipmentList,
} from '../../../shared/contracts/reconciliation';
import { type Origin } from '../../../shared/event-log/event';
import { existingOrders } from '../../orders/use-cases/view-orders';
import { compareOrders, type CompareDependencies } from './compare-orders';
import { withFindings, type ComparisonReport } from './comparison-report';
import { logRepairs } from './log-repairs';
import { recordShipmentsWithoutOrder } from './recheck-findings';

export interface HeldPage {
  report: ComparisonReport;
  /** The ids of the orders whose shipments were released. */
  released: string[];
  /** The position at which the next page begins. */
  position: string;
}

/**
 * Compares a page of the shipments that are held before the handover, and releases those that agree with their order, unless the order
 * waits for its cancellation. A shipment whose order does not exist stays held, as a finding.
 *
 * @param position of the previous page; {@link LAST_ID} for the first
 * @throws AppError `unavailable` when the Delivery Service does not answer.
 */
export async function checkHeldShipments(
  deps: CompareDependencies,
  position: string,
  origin: Origin,
  signal: AbortSignal,
): Promise<HeldPage> {
  const query = { held: true, before: position, limit: RECONCILIATION_BATCH };
  const { data, next_cursor: next } = await deps.deliveryService.get(
    '/reconciliation/shipments',
    sweptShipmentList,
    query,
  );
  const ids = data.map(({ order_id: orderId }) => orderId);
  const existing = ids.length === 0 ? new Set<string>() : await existingOrders(deps.db, ids);
  const found = await recordShipmentsWithoutOrder(
    deps,
    data.filter(({ order_id: orderId }) => !existing.has(orderId)),
  );
  const report = withFindings(await compareOrders(deps, [...existing], origin, signal), found);
  const released = await release(deps, report.agreeing);
  await logRepairs(deps, { shipment_released: released }, origin);
  return { report, released, position: next ?? LAST_ID };
}

async function release({ deliveryService }: CompareDependencies, orderIds: string[]): Promise<string[]> {
  if (orderIds.length === 0) return [];
  const body = { hold: [], release: orderIds };
  const call = { method: 'POST', path: '/reconciliation/holds', body } as const;
  return (await deliveryService.send(call, holdResult)).released;
}
