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
import { reportedShipping } from './evolve-order';
import { type Shipping } from './order';

/** The state of an order that is compared with its shipment. */
export interface OrderView {
  orderId: string;
  status: OrderStatus;
  version: number;
  /** How often the parcel has gone out for delivery, according to the order's log. */
  attempts: number;
  shipmentVersion: number;
  shipping: Shipping | null;
  isCancelRequested: boolean;
  /** False when the events of the log do not lead to the order's status; then the steps that led to it are unknown. */
  isLogConsistent: boolean;
}

export type ShipmentView = Pick<
  ShipmentResource,
  'status' | 'version' | 'attempts' | 'carrier' | 'tracking_number' | 'estimated_delivery'
>;

/**
 * The relation of an order to its shipment:
 * - `agree`: both have the same state;
 * - `behind`: the shipment has messages that the order has not applied;
 * - `renumbered`: the shipment has the same state or a later one, but under version numbers that the order has already applied: its
 *   database was restored, and it took other steps afterwards;
 * - `ahead`: the Delivery Service has lost the shipment, or steps of it, that it had reported;
 * - `not_accepted`: there is no shipment, and none was ever reported;
 * - `different_end`, `different_way`, `cannot_follow`: as in the contract; no step of either status table leads from one state to the
 *   other.
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
 * Compares an order with its shipment. The caller must read the order first: the Delivery Service commits a step before the order applies
 * it, so a shipment that is read later and has fewer steps has lost some.
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
      if (order.isLogConsistent) return 'ahead';
      return hasMore ? 'behind' : 'cannot_follow';
    case 'same':
      if (shipment.version !== order.shipmentVersion) return hasMore ? 'behind' : 'ahead';
      return isSameShipping(order.shipping, reportedShipping(shipment)) ? 'agree' : 'renumbered';
  }
}

/** The state of the shipment according to the order. */
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

/** An order and a shipment that do not match and that only a person can reconcile. */
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

/** A stored finding. */
export interface StoredFinding extends Finding {
  firstSeenAt: Date;
  lastSeenAt: Date;
  acceptedBy: string | null;
}

type FoundShipment = { shipment_id: string; status: ShipmentStatus; version: number };

/** A finding about a known order; `shipment` is null when the order has none. */
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

/** A finding about a shipment whose order does not exist in the Order Service. */
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
