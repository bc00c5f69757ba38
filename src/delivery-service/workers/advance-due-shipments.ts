import { messageOf } from '../../shared/errors';
import { childTraceparent } from '../../shared/observability/context';
import { type Logger } from '../../shared/observability/logger';
import { type Database } from '../../shared/postgres/queryable';
import { type Carrier } from '../carriers/carrier';
import { hasEnded, type Shipment } from '../domain/shipment';
import { createAdvanceShipment } from '../services/advance-shipment';
import { askAgain, leaseUntilNextStep, postponeShipments } from '../services/take-due-shipments';
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
  /** Returns the leased shipments to the other instances, which otherwise take them only when the leases end. Never rejects. */
  returnLeased(): Promise<void>;
  /** Keeps a leased shipment until its next step. When this instance has too many, the shipment is due when its lease ends. */
  keep(shipment: Shipment, nextPollInMs: number): void;
}

/** When to ask again after a failure, in milliseconds. */
const AFTER_FAILURE_MS = 5_000;
/** So few that their steps are taken long before their leases end. */
export const MAX_LEASED = 500;

/** Asks the carrier about shipments that this instance has leased, at once. A failed shipment does not delay the others. */
export function createDueShipments({ db, carrier, logger, leased }: AdvanceOptions): DueShipments {
  const advanceShipment = createAdvanceShipment(db, logger);
  /** Leased shipments that failed and were not returned yet. */
  const failed = new Set<string>();

  /** Returns the shipment as it was read when its report was dropped, else null. */
  async function advance(shipment: Shipment): Promise<Shipment | null> {
    try {
      const { report, nextPollInMs } = await carrier.poll(shipment);
      if (!report) {
        await postponeShipments(db, [shipment.shipmentId], nextPollInMs);
        return null;
      }
      const { correlationId, traceparent } = shipment;
      const actor = `carrier:${carrier.name}`;
      const origin = { actor, correlationId, traceparent: childTraceparent(traceparent) };
      const leaseMs = leaseUntilNextStep(nextPollInMs);
      const advanced = await advanceShipment(shipment, report, leaseMs ?? nextPollInMs, origin);
      if (advanced && leaseMs !== null && !hasEnded(advanced)) keep(advanced, nextPollInMs);
      return advanced ? null : shipment;
    } catch (error) {
      logger.warn('a shipment could not be advanced', {
        order_id: shipment.orderId,
        shipment_id: shipment.shipmentId,
        correlation_id: shipment.correlationId,
        error: messageOf(error),
      });
      failed.add(shipment.shipmentId);
      return null;
    }
  }

  function keep(shipment: Shipment, nextPollInMs: number): void {
    if (leased.count() < MAX_LEASED) leased.add(shipment, nextPollInMs);
  }

  return {
    async advance(due) {
      const dropped = (await Promise.all(due.map(advance))).filter((shipment) => shipment !== null);
      // Otherwise they are due when their leases end.
      if (dropped.length > 0) await askAgain(db, dropped).catch(() => undefined);
    },
    keep,
    async returnLeased() {
      const shipmentIds = leased.takeAll().map(({ shipmentId }) => shipmentId);
      if (shipmentIds.length > 0) await postponeShipments(db, shipmentIds, 0).catch(() => undefined);
    },
    async returnFailed() {
      if (failed.size === 0) return;
      const shipmentIds = [...failed];
      await postponeShipments(db, shipmentIds, AFTER_FAILURE_MS);
      for (const shipmentId of shipmentIds) failed.delete(shipmentId);
    },
  };
}
