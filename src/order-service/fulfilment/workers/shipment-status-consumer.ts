import { UNAVAILABLE } from '../../../shared/contracts/problem';
import { DELIVERY_STATUS_QUEUE } from '../../../shared/contracts/queues';
import {
  shipmentCancelRefused,
  type ShipmentMessage,
  shipmentStatusChanged,
} from '../../../shared/contracts/messages';
import { AppError, IllegalTransitionError, PoisonMessageError } from '../../../shared/errors';
import { type Origin, originOf } from '../../../shared/event-log/event';
import { messageRouter, route } from '../../../shared/queue/message-router';
import { catchUpOrder } from '../use-cases/catch-up-order';
import { checkIllegalMessage, checkSeenMessage } from '../use-cases/check-message';
import { type CompareDependencies } from '../use-cases/compare-orders';
import { sweepAfterUnknownOrder } from '../use-cases/findings';
import { logFinding, reportComparison, type ReportOptions } from './log-comparison';

export interface ShipmentStatusConsumerDependencies extends CompareDependencies, ReportOptions {
  /** Called when a shipment without an order was found. */
  onUnknownOrder: () => void;
}

/** The consumer of the delivery status queue. */
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

async function applyInOrder(
  deps: ShipmentStatusConsumerDependencies,
  message: ShipmentMessage,
): Promise<void> {
  const origin = originOf('delivery-service');
  try {
    await applyOrFetch(deps, message, origin);
  } catch (error) {
    if (!(error instanceof IllegalTransitionError)) throw error;
    const checked = await checkIllegalMessage(deps, message, origin);
    if (checked === false) throw new PoisonMessageError(error.message, { cause: error });
    if (checked !== true) reportComparison(deps, checked);
  }
}

async function applyOrFetch(
  deps: ShipmentStatusConsumerDependencies,
  message: ShipmentMessage,
  origin: Origin,
): Promise<void> {
  const outcome = await deps.applyShipmentStatus(message, origin);
  switch (outcome) {
    case 'next':
    case 'unknown':
      return;
    case 'found':
      logFinding(deps.logger, {
        orderId: message.order_id,
        kind: 'shipment_without_order',
        orderStatus: null,
        shipmentStatus: message.payload.status,
      });
      await sweepAfterUnknownOrder(deps);
      return deps.onUnknownOrder();
    case 'seen': {
      const report = await checkSeenMessage(deps, message, origin);
      if (!report) return;
      reportComparison(deps, report);
      if (report.agreeing.length > 0)
        deps.logger.warn('a message reports a step that its shipment has not taken', {
          order_id: message.order_id,
          version: message.version,
          status: message.payload.status,
        });
      return;
    }
    case 'ahead': {
      // An earlier message was lost: all missing messages are fetched from the Delivery Service, this one included.
      deps.logger.warn('a shipment message is missing; catching up', { version: message.version });
      const found = await catchUpOrder(deps, message.order_id, origin);
      if (!found) throw new AppError(UNAVAILABLE, 'the Delivery Service has no such shipment yet');
    }
  }
}
