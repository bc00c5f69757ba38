import { messageOf } from '../../shared/errors';
import { childTraceparent } from '../../shared/observability/context';
import { type Logger } from '../../shared/observability/logger';
import { type Database } from '../../shared/postgres/queryable';
import { type Carrier } from '../carriers/carrier';
import { hasEnded, type Shipment } from '../domain/shipment';
import { createAdvanceShipment } from '../services/advance-shipment';
import { leaseUntilNextStep, postponeShipments } from '../services/take-due-shipments';
import { type LeasedShipments } from './leased-shipments';

export interface AdvanceOptions {
  db: Database;
  carrier: Carrier;
  logger: Logger;
  /** Receives the shipments whose next step follows soon. */
  leased: LeasedShipments;
}

export interface DueShipments {
  /** Asks the carrier about leased shipments and records its reports. Never rejects: a failed shipment is returned later. */
  advance(due: readonly Shipment[]): Promise<void>;
  /** Returns failed shipments to the database: after an outage that is possible only when it answers again. */
  returnFailed(): Promise<void>;
  /** Leases a shipment until its next step, or returns it to the database when this instance has too many. */
  keep(shipment: Shipment, nextPollInMs: number): Promise<void>;
}

/** When to ask again after a failure, in milliseconds. */
const AFTER_FAILURE_MS = 5_000;
/** The number of leased shipments from which on further ones are returned to the database. */
const MAX_LEASED = 5_000;

/** Asks the carrier about shipments that this instance has leased, at once. A failed shipment does not delay the others. */
export function createDueShipments({ db, carrier, logger, leased }: AdvanceOptions): DueShipments {
  const advanceShipment = createAdvanceShipment(db, logger);
  /** Leased shipments that failed and were not returned yet. */
  const failed = new Set<string>();

  async function advance(shipment: Shipment): Promise<void> {
    try {
      const { report, nextPollInMs } = await carrier.poll(shipment);
      if (!report) return await postponeShipments(db, [shipment.shipmentId], nextPollInMs);
      const { correlationId, traceparent } = shipment;
      const actor = `carrier:${carrier.name}`;
      const origin = { actor, correlationId, traceparent: childTraceparent(traceparent) };
      const leaseMs = leaseUntilNextStep(nextPollInMs);
      const advanced = await advanceShipment(shipment, report, leaseMs ?? nextPollInMs, origin);
      if (!advanced) await postponeShipments(db, [shipment.shipmentId], 0);
      else if (leaseMs !== null && !hasEnded(advanced)) await keep(advanced, nextPollInMs);
    } catch (error) {
      logger.warn('a shipment could not be advanced', {
        order_id: shipment.orderId,
        shipment_id: shipment.shipmentId,
        correlation_id: shipment.correlationId,
        error: messageOf(error),
      });
      failed.add(shipment.shipmentId);
    }
  }

  async function keep(shipment: Shipment, nextPollInMs: number): Promise<void> {
    if (leased.count() < MAX_LEASED) leased.add(shipment, nextPollInMs);
    else await postponeShipments(db, [shipment.shipmentId], nextPollInMs);
  }

  return {
    advance: async (due) => void (await Promise.all(due.map(advance))),
    keep,
    async returnFailed() {
      if (failed.size === 0) return;
      const shipmentIds = [...failed];
      await postponeShipments(db, shipmentIds, AFTER_FAILURE_MS);
      for (const shipmentId of shipmentIds) failed.delete(shipmentId);
    },
  };
}
