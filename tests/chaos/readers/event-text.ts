import { type OrderEvent } from '../../../client/order-events';
import { type SeenEvent } from '../../support/seen-versions';

/** The event of a JSON text; null when the text is no event, or the event and its order contradict each other. */
export function eventIn(json: string): SeenEvent | null {
  try {
    return seenEvent(JSON.parse(json) as OrderEvent);
  } catch {
    return null;
  }
}

export function seenEvent({ id, order_id: orderId, version, data: { order } }: OrderEvent): SeenEvent | null {
  return order.order_id === orderId && order.version === version ? { orderId, version, eventId: id } : null;
}
