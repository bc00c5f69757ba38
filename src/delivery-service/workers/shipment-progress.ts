import { type Database } from '../../shared/postgres/queryable';
import { type Logger } from '../../shared/observability/logger';
import {
  type BackgroundLoop,
  createBackgroundLoop,
  type StepResult,
} from '../../shared/runtime/background-loop';
import { type Carrier } from '../carriers/carrier';
import { type Shipment } from '../domain/shipment';
import { leaseUntilNextStep, takeDueShipments, waitForDueShipments } from '../services/take-due-shipments';
import { createDueShipments, MAX_LEASED } from './advance-due-shipments';
import { createLeasedShipments } from './leased-shipments';

export interface ShipmentProgressOptions {
  db: Database;
  carrier: Carrier;
  logger: Logger;
}

export interface ShipmentProgress extends BackgroundLoop {
  /** When the first step of a new shipment is to be planned, in milliseconds, so that {@link handOver} can follow. */
  readonly firstStepInMs: number;
  /** Hands over a shipment that this instance has created with a step in {@link firstStepInMs}. */
  handOver(shipment: Shipment): void;
}

const BATCH = 100;
/** Shipments that are due at about the same time are moved together. */
const PACE = { idleMs: 5, busyMs: 15 };
/** The longest pause: another instance may have left due shipments. */
const MAX_IDLE_MS = 1_000;

/**
 * Asks the carrier about every shipment whose next step is due, and records its reports. A shipment whose next step follows soon stays
 * leased to this instance, which then need not find it in the database again.
 */
export function createShipmentProgress({ db, carrier, logger }: ShipmentProgressOptions): ShipmentProgress {
  const leased = createLeasedShipments();
  const shipments = createDueShipments({ db, carrier, logger, leased });
  const firstLeaseMs = leaseUntilNextStep(carrier.firstPollInMs);
  let nextTakeAt = 0;
  /** Counts the requests to look for due shipments, so that one during a look is not forgotten. */
  let requests = 0;

  async function step(): Promise<StepResult> {
    await shipments.returnFailed();
    if (performance.now() >= nextTakeAt && leased.count() <= MAX_LEASED - BATCH) await take();
    const due = leased.takeDue(BATCH);
    await shipments.advance(due);
    await shipments.returnFailed().catch(() => undefined);
    if (due.length === BATCH) return 'busy';
    return due.length > 0 ? 0 : millisecondsToNext();
  }

  const millisecondsToNext = (): number =>
    Math.max(0, Math.min(nextTakeAt - performance.now(), leased.millisecondsToNext() ?? MAX_IDLE_MS));

  async function take(): Promise<void> {
    const requestsBefore = requests;
    const taken = await takeDueShipments(db, BATCH);
    for (const shipment of taken) leased.add(shipment, 0);
    // Shipments that this step plans anew are due later than that, or stay leased.
    const waitMs = taken.length === BATCH ? 0 : await waitForDueShipments(db, MAX_IDLE_MS);
    nextTakeAt = requests === requestsBefore ? performance.now() + waitMs : 0;
  }

  function lookAgain(): void {
    requests += 1;
    nextTakeAt = 0;
  }

  const pauses = { idleMs: MAX_IDLE_MS, paceMs: PACE };
  const loop = createBackgroundLoop({ name: 'shipment progress', step, ...pauses, logger });

  return {
    ...loop,
    firstStepInMs: firstLeaseMs ?? carrier.firstPollInMs,
    runOnce() {
      lookAgain();
      return loop.runOnce();
    },
    nudge() {
      lookAgain();
      loop.nudge();
    },
    handOver(shipment) {
      if (firstLeaseMs === null) nextTakeAt = Math.min(nextTakeAt, performance.now() + carrier.firstPollInMs);
      else shipments.keep(shipment, carrier.firstPollInMs);
      loop.nudge();
    },
    async stop() {
      await loop.stop();
      await shipments.returnLeased();
    },
  };
}
