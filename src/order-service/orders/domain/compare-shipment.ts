import { type OrderStatus, orderMachine, shipmentStatusFor } from '../../../shared/contracts/order-status';
import { relationOf, type ShipmentState } from '../../../shared/contracts/shipment-path';
import { type ShipmentResource } from '../../../shared/contracts/shipment-resource';
import { shippingAsToldIn } from './follow-shipment';
import { type Shipping } from './order';

/** What a comparison needs to know of an order. */
export interface OrderView {
  orderId: string;
  status: OrderStatus;
  version: number;
  /** How often the parcel has gone out for delivery, as far as the order's log tells. */
  attempts: number;
  shipmentVersion: number;
  shipping: Shipping | null;
  isCancelRequested: boolean;
  /** False when the log does not lead to the status, so that nobody can be told how it came about. */
  isExplained: boolean;
}

export type ShipmentView = Pick<
  ShipmentResource,
  'status' | 'version' | 'attempts' | 'carrier' | 'tracking_number' | 'estimated_delivery'
>;

/**
 * How an order stands to its shipment:
 * - `agree`: both say the same;
 * - `behind`: the shipment has messages that the order has not applied;
 * - `renumbered`: the shipment is as far or further, under version numbers that the order takes for applied ones: its database was
 *   restored, and it has gone on with other steps;
 * - `ahead`: the shipment, or what it did, is missing at the Delivery Service, which had reported it;
 * - `not_accepted`: there is no shipment, and none was ever reported;
 * - `different_end`, `different_way`, `cannot_follow`: as in the contract; no step of either table leads from one to the other.
 */
export type Verdict =
  | 'agree'
  | 'behind'
  | 'renumbered'
  | 'ahead'
  | 'not_accepted'
  | 'different_end'
  | 'different_way'
  | 'cannot_follow';

/**
 * Compares an order with its shipment. The order must have been read first: what it has applied was committed by the Delivery
 * Service before, so a shipment that was read later and has less of it has forgotten it.
 */
export function compareWithShipment(order: OrderView, shipment: ShipmentView | null): Verdict {
  if (!shipment) return order.shipmentVersion === 0 ? 'not_accepted' : 'ahead';
  const hasMore = shipment.version > order.shipmentVersion;
  switch (relationOf(stateOf(order), shipment)) {
    case 'apart':
      return orderMachine.isEnd(order.status) && isEnd(shipment) ? 'different_end' : 'different_way';
    case 'before':
      return hasMore ? 'behind' : 'renumbered';
    case 'after':
      if (order.isExplained) return 'ahead';
      return hasMore ? 'behind' : 'cannot_follow';
    case 'same':
      if (shipment.version !== order.shipmentVersion) return hasMore ? 'behind' : 'ahead';
      return isSameShipping(order.shipping, shippingAsToldIn(shipment)) ? 'agree' : 'renumbered';
  }
}

/** The state of its shipment that an order shows. */
export function stateOf({ status, attempts }: Pick<OrderView, 'status' | 'attempts'>): ShipmentState {
  return { status: shipmentStatusFor(status), attempts };
}

export function isSameShipping(one: Shipping | null, other: Shipping | null): boolean {
  if (!one || !other) return one === other;
  return (
    one.carrier === other.carrier &&
    one.trackingNumber === other.trackingNumber &&
    one.estimatedDelivery?.getTime() === other.estimatedDelivery?.getTime()
  );
}

const isEnd = ({ status }: ShipmentView): boolean => status !== 'PROCESSING' && orderMachine.isEnd(status);
