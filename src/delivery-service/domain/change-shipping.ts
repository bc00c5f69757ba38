import { ILLEGAL_TRANSITION } from '../../shared/contracts/problem';
import { AppError } from '../../shared/errors';
import { shipmentMachine } from '../../shared/contracts/status-machines';
import { type Shipment, type ShipmentStep } from './shipment';
import { statusChanged } from './status-changed';

export interface NewShipping {
  carrier: string;
  trackingNumber: string;
  estimatedDelivery: Date;
}

/**
 * Changes the carrier, the tracking number and the expected day; the status and the next step stay. Null when nothing differs.
 *
 * @throws AppError `conflict` (`illegal_transition`) when the shipment has ended.
 */
export function changeShipping(
  shipment: Shipment,
  shipping: NewShipping,
  actor: string,
  now: Date,
): ShipmentStep | null {
  const { status } = shipment;
  if (shipmentMachine.isEnd(status)) {
    const detail = `the shipment has ended as ${status}; its shipping cannot be changed any more`;
    throw new AppError(ILLEGAL_TRANSITION, detail, { allowed: [] });
  }
  if (isSame(shipment, shipping)) return null;
  const next: Shipment = { ...shipment, ...shipping, version: shipment.version + 1, updatedAt: now };
  return statusChanged(next, status, 'as planned', actor);
}

const isSame = (shipment: Shipment, { carrier, trackingNumber, estimatedDelivery }: NewShipping): boolean =>
  shipment.carrier === carrier &&
  shipment.trackingNumber === trackingNumber &&
  shipment.estimatedDelivery?.getTime() === estimatedDelivery.getTime();
