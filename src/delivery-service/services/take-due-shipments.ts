import { type Queryable } from '../../shared/postgres/queryable';
import { type Shipment } from '../domain/shipment';
import {
  bringForward,
  millisecondsToNextStep,
  postponeShipments as postpone,
  takeDueShipments as take,
} from '../store/shipment-store';

/** For how long a taken shipment is left to the instance that took it; its death, or an answer lost, costs that much. */
const LEASE_MS = 10_000;

/** The shipments whose carrier is to be asked now, at most `limit`. */
export async function takeDueShipments(db: Queryable, limit: number): Promise<Shipment[]> {
  return take(db, limit, LEASE_MS);
}

/** Gives taken shipments back, to be asked about again in that many milliseconds. */
export async function postponeShipments(
  db: Queryable,
  shipmentIds: readonly string[],
  ms: number,
): Promise<void> {
  await postpone(db, shipmentIds, ms);
}

/** When to look again, in milliseconds, but no later than `atMost`. */
export async function waitForDueShipments(db: Queryable, atMost: number): Promise<number> {
  return Math.min(atMost, (await millisecondsToNextStep(db)) ?? atMost);
}

/**
 * Makes shipments that wait longer than this carrier lets any wait due in `firstStepInMs`: they were left by another carrier, or another
 * pace. Returns how many they were, at most `limit`.
 */
export async function takeOverShipments(
  db: Queryable,
  firstStepInMs: number,
  limit: number,
): Promise<number> {
  return bringForward(db, { laterThanMs: Math.max(firstStepInMs, LEASE_MS), ms: firstStepInMs, limit });
}
