import { DELIVERY_STATUS_QUEUE } from '../../shared/contracts/queue-names';
import {
  shipmentCancelRefused,
  shipmentStatusChanged,
  type ShipmentMessage,
} from '../../shared/contracts/shipment-messages';
import { AppError, IllegalTransitionError, PoisonMessageError } from '../../shared/errors';
import { type Logger } from '../../shared/observability/logger';
import { originOf } from '../../shared/observability/origin';
import { messageRouter, route } from '../../shared/queue/message-router';
import { catchUpOrder, type CatchUpDependencies } from '../services/shipments/catch-up-order';

export interface ShipmentStatusConsumerDependencies extends CatchUpDependencies {
  logger: Logger;
}

/** What the Order Service does with the messages of the delivery status queue. */
export function shipmentStatusConsumer(deps: ShipmentStatusConsumerDependencies) {
  const apply = (message: ShipmentMessage): Promise<void> => applyInOrder(deps, message);
  return {
    queue: DELIVERY_STATUS_QUEUE,
    handle: messageRouter({
      SHIPMENT_STATUS_CHANGED: route(shipmentStatusChanged, apply),
      SHIPMENT_CANCEL_REFUSED: route(shipmentCancelRefused, apply),
    }),
  };
}

/** A gap means that a message before this one was lost: everything is fetched from its source, this one included. */
async function applyInOrder(
  deps: ShipmentStatusConsumerDependencies,
  message: ShipmentMessage,
): Promise<void> {
  const origin = originOf('delivery-service');
  try {
    const position = await deps.applyShipmentStatus(message, origin);
    if (position !== 'ahead') return;
    deps.logger.warn('a shipment message is missing; catching up', { version: message.version });
    const found = await catchUpOrder(deps, message.order_id, origin);
    if (!found) throw new AppError('unavailable', 'the Delivery Service does not know the shipment yet');
  } catch (error) {
    if (error instanceof IllegalTransitionError)
      throw new PoisonMessageError(error.message, { cause: error });
    throw error;
  }
}
