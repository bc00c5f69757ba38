import { type PublicEventType } from '../../../shared/contracts/public-event';
import { type OrderStatus } from '../../../shared/contracts/status-machines';
import { type OrderLogEntry, type OrderStepAt, typeOfStatus } from './public-event';

/** The filter of a reader of public events. An absent member does not filter; `status` is that of the order after the event. */
export interface EventFilter {
  types?: readonly PublicEventType[] | undefined;
  orderId?: string | undefined;
  customerId?: string | undefined;
  status?: OrderStatus | undefined;
}

export const isFiltering = (filter: EventFilter): boolean =>
  Object.values(filter).some((member) => member !== undefined);

export function matches(
  { entry, type, order }: OrderStepAt,
  { types, orderId, customerId, status }: EventFilter,
): boolean {
  return (
    (types === undefined || types.includes(type)) &&
    (orderId === undefined || entry.subjectId === orderId) &&
    (customerId === undefined || order.customerId === customerId) &&
    (status === undefined || order.status === status)
  );
}

/** Whether an event can match, as far as the event alone tells: false only when its step does not match. The customer is not checked. */
export function mayMatch(entry: OrderLogEntry, { types, orderId }: EventFilter): boolean {
  if (orderId !== undefined && entry.subjectId !== orderId) return false;
  return types === undefined || (possibleTypes(entry)?.some((type) => types.includes(type)) ?? true);
}

/** The public types that an event can have, whatever the order was before; null: any. */
function possibleTypes({ type, payload }: OrderLogEntry): readonly PublicEventType[] | null {
  const { status } = payload as { status?: OrderStatus };
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
