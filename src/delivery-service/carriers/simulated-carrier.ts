import { createHash } from 'node:crypto';
import { type ShipmentStatus } from '../../shared/contracts/status-machines';
import { allowedSteps } from '../domain/advance-shipment';
import { type Shipment } from '../domain/shipment';
import { type Carrier } from './carrier';

export interface SimulatedCarrierOptions {
  /** How long a parcel stays in each status, in milliseconds. */
  stepMs: number;
  /** The share of delivery attempts that fail, 0–1. */
  failureRate: number;
}

const DAY_MS = 86_400_000;
const NAME = 'simulated';

/**
 * A carrier that moves a parcel by one status whenever it is asked. Random outcomes are derived from the id of the shipment, so that a
 * repeated question gets the same answer.
 */
export function simulatedCarrier({ stepMs, failureRate }: SimulatedCarrierOptions): Carrier {
  return {
    name: NAME,
    firstPollInMs: stepMs,
    poll(shipment) {
      const status = nextStatus(shipment, failureRate);
      const handOver = status === 'SHIPPED' ? handOverOf(shipment) : {};
      return Promise.resolve({ report: status && { status, ...handOver }, nextPollInMs: stepMs });
    },
  };
}

/** The next step of the status table; null at an end status. */
function nextStatus(shipment: Shipment, failureRate: number): ShipmentStatus | null {
  if (shipment.status === 'OUT_FOR_DELIVERY')
    return chance(shipment) < failureRate ? 'DELIVERY_FAILED' : 'DELIVERED';
  return allowedSteps(shipment).find((status) => status !== 'CANCELLED') ?? null;
}

function handOverOf({ shipmentId, createdAt }: Shipment) {
  const trackingNumber = `SIM${shipmentId.replaceAll('-', '').slice(-12).toUpperCase()}`;
  return { carrier: NAME, trackingNumber, estimatedDelivery: new Date(createdAt.getTime() + 3 * DAY_MS) };
}

/** A number from 0 to 1, the same for the same shipment and attempt. */
function chance({ shipmentId, attempts }: Shipment): number {
  return createHash('sha256').update(`${shipmentId}:${attempts}`).digest().readUInt32BE() / 2 ** 32;
}
