import {
  type EventTopic,
  isOrderEvent,
  type OrderEventType,
  type PublicEvent,
  type PublicEventType,
} from '../../../shared/contracts/public-event';
import { type OrderStatus } from '../../../shared/contracts/status-machines';
import { type CatalogueLogEntry, catalogueTypeOf, isOfCatalogue, productIdOf } from './catalogue-event';
import { type OrderLogEntry, type OrderStepAt, typeOfStatus } from './public-event';

/**
 * The filter of a reader of public events. An absent member does not filter; `status` is that of the order after the event. Orders have no
 * product, and products no order, customer and status: a filter for one of these members leaves out the events of the other topic.
 */
export interface EventFilter {
  topic?: EventTopic | undefined;
  types?: readonly PublicEventType[] | undefined;
  orderId?: string | undefined;
  customerId?: string | undefined;
  status?: OrderStatus | undefined;
  productId?: string | undefined;
}

/** The same filter with all members present: objects of one shape are compared faster, which counts for each event and listener. */
export const inOneShape = ({
  topic,
  types,
  orderId,
  customerId,
  status,
  productId,
}: EventFilter): EventFilter => ({ topic, types, orderId, customerId, status, productId });

/** Whether a filter can leave out most of the events of a feed. */
export const isFiltering = ({ topic, ...members }: EventFilter): boolean =>
  topic === 'products' || Object.values(members).some((member) => member !== undefined);

/** Whether an event of an order can match. */
export const coversOrders = ({ topic, productId }: EventFilter): boolean =>
  topic !== 'products' && productId === undefined;

/** Whether an event of a product or its stock can match. */
export const coversProducts = ({ topic, orderId, customerId, status }: EventFilter): boolean =>
  topic !== 'orders' && orderId === undefined && customerId === undefined && status === undefined;

/** Whether the step of an order matches. */
export function matches({ entry, type, order }: OrderStepAt, filter: EventFilter): boolean {
  const { types, orderId, customerId, status } = filter;
  return (
    coversOrders(filter) &&
    (types === undefined || types.includes(type)) &&
    (orderId === undefined || entry.subjectId === orderId) &&
    (customerId === undefined || order.customerId === customerId) &&
    (status === undefined || order.status === status)
  );
}

/** Whether a public event matches. */
export function eventMatches(event: PublicEvent, filter: EventFilter): boolean {
  const { types, orderId, customerId, status, productId } = filter;
  if (types !== undefined && !types.includes(event.type)) return false;
  if (!isOrderEvent(event))
    return coversProducts(filter) && (productId === undefined || productId === event.product_id);
  return (
    coversOrders(filter) &&
    (orderId === undefined || orderId === event.order_id) &&
    (customerId === undefined || customerId === event.data.order.customer_id) &&
    (status === undefined || status === event.data.order.status)
  );
}

/**
 * Whether an event of the log can match, as far as the event alone tells. One of an order that can match may still not: its step and its
 * customer are not checked.
 */
export function mayMatch(entry: OrderLogEntry & CatalogueLogEntry, filter: EventFilter): boolean {
  const { types, orderId, productId } = filter;
  if (isOfCatalogue(entry))
    return (
      coversProducts(filter) &&
      (types === undefined || types.includes(catalogueTypeOf(entry))) &&
      (productId === undefined || productIdOf(entry) === productId)
    );
  if (!coversOrders(filter) || (orderId !== undefined && entry.subjectId !== orderId)) return false;
  return types === undefined || (possibleTypes(entry)?.some((type) => types.includes(type)) ?? true);
}

/** The public types that an event of an order can have, whatever the order was before; null: any. */
function possibleTypes({ type, payload }: OrderLogEntry): readonly OrderEventType[] | null {
  const { status } = (payload ?? {}) as { status?: OrderStatus };
  switch (type) {
    case 'ORDER_CREATED':
      return ['order.created'];
    case 'ORDER_CANCEL_REQUESTED':
      return ['order.cancellation_requested', 'order.updated'];
    case 'ORDER_CANCEL_REFUSED':
      return ['order.cancellation_refused', 'order.updated'];
    case 'ORDER_STATUS_CHANGED':
      return status === undefined ? null : [typeOfStatus(status), 'order.updated'];
    default:
      return null;
  }
}
