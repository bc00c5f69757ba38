import { type ExpectedVersions, requireVersion } from '../../../shared/errors';
import { type Database } from '../../../shared/postgres/queryable';
import { type Origin } from '../../../shared/event-log/event';
import { type Logger } from '../../../shared/observability/logger';
import { requestCancellation } from '../domain/cancel-order';
import { type Order } from '../domain/order';
import { lockOrder, updateOrders } from '../store/order-store';
import { appendStepEvents } from './append-step-events';
import { orderNotFound } from './get-order';
import { logCancelRequested } from './order-log';

export interface CancelOrderDependencies {
  db: Database;
  logger: Logger;
}

/**
 * Records the cancellation request and sends it to the Delivery Service, which answers with a message. A repeated request changes nothing.
 *
 * @throws AppError `not_found`; `precondition_failed`; `conflict` when the parcel has left or the order has ended.
 */
export async function cancelOrder(
  deps: CancelOrderDependencies,
  orderId: string,
  clientId: string | null,
  expected: ExpectedVersions,
  origin: Origin,
): Promise<Order> {
  const { order, events } = await deps.db.transaction(async (tx) => {
    const current = await lockOrder(tx, orderId, clientId);
    if (!current) throw orderNotFound();
    requireVersion(expected, current.version);
    const step = requestCancellation(current, new Date());
    if (!step) return { order: current, events: [] };
    updateOrders(tx, [step.order]);
    return { order: step.order, events: appendStepEvents(tx, [{ step, origin }]) };
  });
  for (const event of events) logCancelRequested(deps.logger, order, event);
  return order;
}
