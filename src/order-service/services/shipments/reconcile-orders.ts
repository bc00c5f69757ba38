import { type Origin } from '../../../shared/event-log/event';
import { resendEvents } from '../../../shared/event-log/unpublished-events';
import { queryable } from '../../../shared/postgres/read';
import { takeStalledOrders, type StalledOrder } from '../../store/reconciliation-store';
import { catchUpWith, shipmentsOf, type CatchUpDependencies } from './catch-up-order';

export interface ReconcileDependencies extends CatchUpDependencies {
  /** How long an order stands still before it is compared. */
  afterSeconds: number;
  /** Called after a commit that left an event to be sent. */
  eventsWaiting: () => void;
}

export interface ReconcileReport {
  compared: number;
  /** Orders whose ORDER_CREATED was lost and is sent again. */
  createdResent: string[];
  /** Orders whose wish to be cancelled was lost and is sent again. */
  cancelResent: string[];
  /** Orders that missed messages of the Delivery Service and have them now. */
  caughtUp: string[];
}

/** What one request to the Delivery Service may ask for. */
const BATCH = 100;

/**
 * Compares a batch of orders that have stood still with their shipments, and repairs what was lost on the way: with both queues
 * wiped, every order still reaches its end. Repeats are harmless, because both sides know what they have done.
 *
 * @throws AppError `unavailable` when the Delivery Service does not answer; the orders are compared again later.
 */
export async function reconcileOrders(deps: ReconcileDependencies, origin: Origin): Promise<ReconcileReport> {
  const db = queryable(deps.pool);
  const stalled = await takeStalledOrders(db, deps.afterSeconds, BATCH);
  const report: ReconcileReport = {
    compared: stalled.length,
    createdResent: [],
    cancelResent: [],
    caughtUp: [],
  };
  if (stalled.length === 0) return report;

  const orderIds = stalled.map(({ orderId }) => orderId);
  const shipments = new Map(
    (await shipmentsOf(deps.deliveryService, orderIds)).map((found) => [found.order_id, found]),
  );
  const unknownThere = orderIds.filter((orderId) => !shipments.has(orderId));
  const unanswered: StalledOrder[] = [];
  for (const order of stalled) {
    const shipment = shipments.get(order.orderId);
    if (!shipment) continue;
    if (shipment.version > order.shipmentVersion) {
      await catchUpWith(deps, shipment, order.shipmentVersion, origin);
      report.caughtUp.push(order.orderId);
    } else if (order.isCancelRequested) {
      unanswered.push(order);
    }
  }
  report.createdResent = await resendEvents(db, unknownThere, 'ORDER_CREATED');
  report.cancelResent = await resendEvents(
    db,
    unanswered.map(({ orderId }) => orderId),
    'ORDER_CANCEL_REQUESTED',
  );
  if (report.createdResent.length + report.cancelResent.length > 0) deps.eventsWaiting();
  return report;
}
