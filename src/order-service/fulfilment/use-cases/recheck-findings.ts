import { holdResult, RECONCILIATION_BATCH } from '../../../shared/contracts/reconciliation';
import { type ShipmentResource } from '../../../shared/contracts/shipment-resource';
import { type Origin } from '../../../shared/event-log/event';
import { type Finding, shipmentWithoutOrder } from '../../orders/domain/compare-shipment';
import { deleteFindings, saveFindings, makeFindingsDue, takeDueFindings } from '../store/finding-store';
import { existingOrders } from '../../orders/use-cases/view-orders';
import { startFastSweeps } from '../store/sweep-store';
import { shipmentsOfEach } from './catch-up-order';
import { compareOrders, type CompareDependencies } from './compare-orders';
import { withFindings, type ComparisonReport } from './comparison-report';

/**
 * Checks findings that are due: a finding whose order and shipment agree now is deleted, a difference that can be repaired now is repaired.
 * Null when none is due.
 *
 * @throws AppError `unavailable` when the Delivery Service does not answer; the findings stay due.
 */
export async function recheckFindings(
  deps: CompareDependencies,
  origin: Origin,
  signal: AbortSignal,
): Promise<ComparisonReport | null> {
  const db = deps.db;
  const due = await takeDueFindings(db, deps.afterSeconds, RECONCILIATION_BATCH);
  if (due.length === 0) return null;
  try {
    const existing = await existingOrders(db, due);
    const unknown = due.filter((orderId) => !existing.has(orderId));
    const found = await recheckUnknown(deps, unknown);
    return withFindings(await compareOrders(deps, [...existing], origin, signal), found);
  } catch (error) {
    await makeFindingsDue(db, due);
    throw error;
  }
}

async function recheckUnknown(deps: CompareDependencies, orderIds: readonly string[]): Promise<Finding[]> {
  if (orderIds.length === 0) return [];
  const { shipments, failed } = await shipmentsOfEach(deps.deliveryService, orderIds);
  const found = new Set([...idsOf(shipments), ...failed.map(({ orderId }) => orderId)]);
  await deleteFindings(
    deps.db,
    orderIds.filter((orderId) => !found.has(orderId)),
  );
  return recordShipmentsWithoutOrder(deps, shipments);
}

/**
 * Stores shipments whose orders do not exist as findings, and holds those that have not been handed over. A cancelled shipment needs no
 * finding.
 *
 * @returns the new findings.
 */
export async function recordShipmentsWithoutOrder(
  { db, deliveryService }: CompareDependencies,
  shipments: readonly ShipmentResource[],
): Promise<Finding[]> {
  const [cancelled, moving] = partition(shipments, ({ status }) => status === 'CANCELLED');
  await deleteFindings(db, idsOf(cancelled));
  const found = await saveFindings(
    db,
    moving.map((shipment) => shipmentWithoutOrder(shipment.order_id, shipment)),
  );
  const hold = idsOf(moving.filter(({ status }) => status === 'PROCESSING'));
  if (hold.length > 0) {
    const body = { hold, release: [] };
    await deliveryService.send({ method: 'POST', path: '/reconciliation/holds', body }, holdResult);
  }
  if (found.length > 0) await startFastSweeps(db);
  return found;
}

function partition<T>(values: readonly T[], isFirst: (value: T) => boolean): [T[], T[]] {
  return [values.filter(isFirst), values.filter((value) => !isFirst(value))];
}

const idsOf = (shipments: readonly ShipmentResource[]): string[] =>
  shipments.map(({ order_id: orderId }) => orderId);
