import { type Database, type Queryable } from '../../shared/postgres/queryable';
import { type Shipment } from '../domain/shipment';
import {
  makeDue,
  rescheduleShipments,
  millisecondsToNextStep,
  postponeShipments as postpone,
  takeDueShipments as take,
} from '../store/due-shipment-store';

/** How long a taken shipment is leased to its instance; a crash of the instance, or a lost answer, delays the shipment that long. */
const LEASE_MS = 10_000;

/** Up to this time before its next step, in milliseconds, a shipment stays leased to the instance that took its last step. */
const SOON_MS = 1_000;

/** How long such a lease lasts beyond the time of the step, in milliseconds. */
const SHORT_LEASE_MS = 2_000;

/** How long a shipment stays leased to this instance when its next step is due in `ms`, in milliseconds; null: it is returned. */
export const leaseUntilNextStep = (ms: number): number | null => (ms <= SOON_MS ? ms + SHORT_LEASE_MS : null);

/** Takes the shipments about which the carrier is to be asked now, at most `limit`. */
export async function takeDueShipments(db: Database, limit: number): Promise<Shipment[]> {
  return db.transaction((tx) => take(tx, limit, LEASE_MS));
}

/** Returns taken shipments; the carrier is asked about them again in `ms` milliseconds. */
export async function postponeShipments(
  db: Queryable,
  shipmentIds: readonly string[],
  ms: number,
): Promise<void> {
  await postpone(db, shipmentIds, ms);
}

/**
 * Lets the carrier be asked again about shipments that were changed after they were read, without a step: by a refused cancellation or other
 * shipping data. After a step, the instance that took it has planned the next one.
 */
export async function askAgain(db: Queryable, read: readonly Shipment[]): Promise<void> {
  await makeDue(db, read);
}

/** How long to wait for the next due shipment, in milliseconds, at most `atMost`. */
export async function waitForDueShipments(db: Queryable, atMost: number): Promise<number> {
  return Math.min(atMost, (await millisecondsToNextStep(db)) ?? atMost);
}

/**
 * Makes shipments due in `firstPollInMs` that would wait longer than this carrier lets any shipment wait: their time was set for another
 * carrier, or another pace. Returns how many they were, at most `limit`.
 */
export async function takeOverShipments(
  db: Queryable,
  firstPollInMs: number,
  limit: number,
): Promise<number> {
  return rescheduleShipments(db, {
    laterThanMs: Math.max(firstPollInMs, LEASE_MS),
    ms: firstPollInMs,
    limit,
  });
}
