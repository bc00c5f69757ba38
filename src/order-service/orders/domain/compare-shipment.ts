import { type FindingKind } from '../../../shared/contracts/reconciliation';
import { type ShipmentResource } from '../../../shared/contracts/shipment-resource';
import {
  orderMachine,
  type OrderStatus,
  relationOf,
  type ShipmentState,
  type ShipmentStatus,
  shipmentStatusFor,
} from '../../../shared/contracts/status-machines';
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

/** An order and a shipment that do not fit, and that nobody but a person can bring together. */
export interface Finding {
  orderId: string;
  kind: FindingKind;
  orderStatus: OrderStatus | null;
  orderVersion: number | null;
  appliedShipmentVersion: number | null;
  shipmentId: string | null;
  shipmentStatus: ShipmentStatus | null;
  shipmentVersion: number | null;
}

/** A finding as it is kept. */
export interface KeptFinding extends Finding {
  firstSeenAt: Date;
  lastSeenAt: Date;
  acceptedBy: string | null;
}

type FoundShipment = { shipment_id: string; status: ShipmentStatus; version: number };

/** A finding about a known order; without a shipment when there is none. */
export function findingAbout(
  order: OrderView,
  shipment: FoundShipment | null,
  kind: Exclude<FindingKind, 'shipment_without_order'>,
): Finding {
  return {
    orderId: order.orderId,
    kind,
    orderStatus: order.status,
    orderVersion: order.version,
    appliedShipmentVersion: order.shipmentVersion,
    shipmentId: shipment?.shipment_id ?? null,
    shipmentStatus: shipment?.status ?? null,
    shipmentVersion: shipment?.version ?? null,
  };
}

/** A finding about a shipment whose order does not exist here. */
export function shipmentWithoutOrder(orderId: string, shipment: FoundShipment): Finding {
  return {
    orderId,
    kind: 'shipment_without_order',
    orderStatus: null,
    orderVersion: null,
    appliedShipmentVersion: null,
    shipmentId: shipment.shipment_id,
    shipmentStatus: shipment.status,
    shipmentVersion: shipment.version,
  };
}
