import { leastIdAt } from '../../../shared/contracts/text';
import { type Origin } from '../../../shared/event-log/event';
import { isLockTimeout } from '../../../shared/postgres/database-errors';
import { type Database, type Queryable, type Transaction } from '../../../shared/postgres/queryable';
import { type ReservationEnd } from '../domain/reservation';
import { type FreeLevels, type StockChange, type StockLevel } from '../domain/stock';
import { endReservations } from '../store/reservation-end-store';
import { lockExpiredReservations, type LockedReservation } from '../store/reservation-lock-store';
import { deleteEndedReservations } from '../store/reservation-store';
import { lockStock } from './lock-stock';
import { writeStock } from './write-stock';

/** Reservations that one transaction expires at most: it locks the stock of all their products. */
export const MOST_EXPIRED = 50;

export interface Ending {
  end: ReservationEnd;
  origin: Origin;
}

/**
 * Expires reservations whose time is over. Several processes can do this at the same time: each takes those that the others have not locked. When
 * the stock of a product stays locked, only the reservations of this product remain for the next call.
 *
 * @returns how many have expired.
 */
export async function expireReservations(db: Database, origin: Origin): Promise<number> {
  try {
    return await db.transaction((tx) => expire(tx, origin, 'wait'));
  } catch (error) {
    if (!isLockTimeout((error as Error).cause)) throw error;
    return db.transaction((tx) => expire(tx, origin, 'skip'));
  }
}

async function expire(tx: Transaction, origin: Origin, mode: 'wait' | 'skip'): Promise<number> {
  const expired = await lockExpiredReservations(tx, MOST_EXPIRED);
  if (expired.length === 0) return 0;
  return endLocked(tx, expired, { end: 'expired', origin }, mode);
}

/**
 * Ends locked reservations and releases what they hold.
 *
 * @param mode `skip`: those whose stock another transaction has locked stay active.
 * @returns how many have ended.
 */
export async function endLocked(
  tx: Transaction,
  reservations: readonly LockedReservation[],
  { end, origin }: Ending,
  mode: 'wait' | 'skip' = 'wait',
): Promise<number> {
  const { levels, lockedElsewhere } = await lockHeldStock(tx, reservations, mode);
  const ended = reservations.filter(({ needs }) => ![...needs.keys()].some((id) => lockedElsewhere.has(id)));
  const at = new Date();
  endReservations(
    tx,
    ended.map(({ reservationId }) => reservationId),
    end,
    at,
  );
  writeStock(
    tx,
    levels,
    ended.flatMap((one) => releases(one, levels, { end, origin })),
    at,
  );
  return ended.length;
}

async function lockHeldStock(
  tx: Transaction,
  reservations: readonly LockedReservation[],
  mode: 'wait' | 'skip',
): Promise<FreeLevels> {
  const products = [...new Set(reservations.flatMap(({ needs }) => [...needs.keys()]))];
  if (mode === 'skip') return lockStock(tx, products, { skipLocked: true });
  return { levels: await lockStock(tx, products), lockedElsewhere: new Set() };
}

const releases = (
  { reservationId, needs }: LockedReservation,
  levels: ReadonlyMap<string, StockLevel>,
  { end, origin }: Ending,
): StockChange[] =>
  [...needs]
    .filter(([productId]) => levels.has(productId))
    .map(([productId, quantity]) => ({
      productId,
      cause: end === 'expired' ? 'reservation_expired' : 'reservation_released',
      onHand: 0,
      reserved: -quantity,
      reservationId,
      origin,
    }));

/** How long ended reservations can be read, in days. */
export const RETENTION_DAYS = 30;

const DAY_MS = 86_400_000;

/** Deletes some of the reservations that have ended and were created too long ago. Returns how many. */
export function pruneReservations(db: Queryable): Promise<number> {
  return deleteEndedReservations(db, leastIdAt(Date.now() - RETENTION_DAYS * DAY_MS));
}
