import { type OrderCancelRequested } from '../../shared/contracts/messages';
import { type Origin } from '../../shared/event-log/event';
import { recordMessages } from '../../shared/event-log/inbox';
import { cancelShipment as answer } from '../domain/advance-shipment';
import { lockShipmentOfOrder } from '../store/shipment-store';
import { updateShipments } from '../store/shipment-writes';
import { ensureShipments, type ShipmentDependencies } from './accept-order';
import { appendStepEvents } from './append-step-events';
import { logReceived, logRepeated, logSteps } from './shipment-log';

/**
 * Answers an order's cancellation request, once per message. A request that arrives before its ORDER_CREATED (which is in the dead letters)
 * creates the shipment first: the request is answered, and the late ORDER_CREATED finds the shipment.
 */
export async function cancelShipment(
  deps: ShipmentDependencies,
  message: OrderCancelRequested,
  origin: Origin,
): Promise<void> {
  const answered = await deps.db.transaction(async (tx) => {
    if (!(await recordMessages(tx, [message.id])).has(message.id)) return null;
    const made = await ensureShipments(tx, [{ message, origin }], deps.firstPollInMs);
    const shipment = await lockShipmentOfOrder(tx, message.order_id);
    if (!shipment || shipment.status === 'CANCELLED') return null;
    const step = answer(shipment, new Date());
    await updateShipments(tx, [step]);
    return { made: [...made.values()], events: appendStepEvents(tx, [{ step, origin }]) };
  });
  if (!answered) return logRepeated(deps.logger, message);
  for (const shipment of answered.made) logReceived(deps.logger, message, shipment);
  logSteps(deps.logger, answered.events);
}
