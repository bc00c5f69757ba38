import { type components } from '../../../client/order-service';
import { type SeenEvent } from '../../support/seen-versions';

export type PublicEvent =
  | components['schemas']['OrderEvent']
  | components['schemas']['ProductEvent']
  | components['schemas']['InventoryEvent'];

/** The subject of a log, as readers see it: the id of an order, or what it is of a product. */
export const productSubject = (productId: string): string => `product ${productId}`;
export const stockSubject = (productId: string): string => `stock of ${productId}`;

/** The event of a JSON text; null when the text is no event, or the event and its subject contradict each other. */
export function eventIn(json: string): SeenEvent | null {
  try {
    return seenEvent(JSON.parse(json) as PublicEvent);
  } catch {
    return null;
  }
}

export function seenEvent(event: PublicEvent): SeenEvent | null {
  const { id: eventId, version } = event;
  if ('order_id' in event) {
    const { order } = event.data;
    const isConsistent = event.order_id === order.order_id && version === order.version;
    return isConsistent ? { orderId: order.order_id, version, eventId } : null;
  }
  const [subject, state] =
    'stock' in event.data
      ? [stockSubject(event.product_id), event.data.stock]
      : [productSubject(event.product_id), event.data.product];
  const isConsistent = event.product_id === state.product_id && version === state.version;
  return isConsistent ? { orderId: subject, version, eventId } : null;
}
