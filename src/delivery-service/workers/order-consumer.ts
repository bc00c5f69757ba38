import { orderCancelRequested, orderCreated } from '../../shared/contracts/messages';
import { ORDERS_QUEUE } from '../../shared/contracts/queues';
import { originOf } from '../../shared/event-log/event';
import { messageRouter, route } from '../../shared/queue/message-router';
import { type QueueHandler } from '../../shared/queue/queue-access';
import { createAcceptOrder, type ShipmentDependencies } from '../services/accept-order';
import { cancelShipment } from '../services/cancel-shipment';
import { type Shipment } from '../domain/shipment';

export interface OrderConsumerDependencies extends ShipmentDependencies {
  /** Called after the commit of a new shipment. */
  onShipmentCreated: (shipment: Shipment) => void;
  /** Called after a commit that may have changed when the carrier is to be asked. */
  onShipmentChanged: () => void;
}

/** The consumer of the orders queue. */
export function orderConsumer(deps: OrderConsumerDependencies): QueueHandler {
  const acceptOrder = createAcceptOrder(deps);
  return {
    queue: ORDERS_QUEUE,
    handle: messageRouter({
      ORDER_CREATED: route(orderCreated, async (message) => {
        const created = await acceptOrder({ message, origin: originOf('order-service') });
        if (created) deps.onShipmentCreated(created);
      }),
      ORDER_CANCEL_REQUESTED: route(orderCancelRequested, async (message) => {
        await cancelShipment(deps, message, originOf('order-service'));
        deps.onShipmentChanged();
      }),
    }),
  };
}
