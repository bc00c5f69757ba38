import { type NewOrder, type OrderRequest } from '../../src/order-service/orders/domain/place-order';
import { resolveItems } from '../../src/order-service/orders/domain/resolve-items';

/** The order of a request by an owner without a catalogue. */
export function freeOrder(
  { reservationId: _, items, ...order }: Omit<OrderRequest, 'owner'>,
  owner: string,
): NewOrder {
  return { ...order, owner, items: resolveItems(items, order.currency, new Map(), 'open') };
}
