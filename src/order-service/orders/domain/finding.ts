import { type FindingKind } from '../../../shared/contracts/reconciliation';
import { type OrderStatus } from '../../../shared/contracts/order-status';
import { type ShipmentStatus } from '../../../shared/contracts/shipment-status';
import { type OrderView } from './compare-shipment';

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
