import { leastIdAt } from '../../../shared/contracts/text';
import { type Origin } from '../../../shared/event-log/event';
import { isLockTimeout } from '../../../shared/postgres/database-errors';
import { type Database, type Queryable, type Transaction } from '../../../shared/postgres/queryable';
import { clampReleases } from '../domain/clamp-releases';
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

/** What a call has ended. */
export interface EndedReservations {
  count: number;
  /** The products whose stock another transaction has locked; their reservations are still active. */
  lockedElsewhere: ReadonlySet<string>;
}

/**
 * Expires reservations whose time is over. Several processes can do this at the same time: each takes those that the others have not locked. When
 * the stock of a product stays locked, only the reservations of this product remain.
 *
 * @param except products whose reservations are left out: those of one product can be so many that no other is ever among the first.
 */
export async function expireReservations(
  db: Database,
  origin: Origin,
  except: ReadonlySet<string>,
): Promise<EndedReservations> {
  try {
    return await db.transaction((tx) => expire(tx, origin, except, 'wait'));
  } catch (error) {
    if (!isLockTimeout((error as Error).cause)) throw error;
    return db.transaction((tx) => expire(tx, origin, except, 'skip'));
  }
}

async function expire(
  tx: Transaction,
  origin: Origin,
  except: ReadonlySet<string>,
  mode: 'wait' | 'skip',
): Promise<EndedReservations> {
  const expired = await lockExpiredReservations(tx, [...except], MOST_EXPIRED);
  if (expired.length === 0) return { count: 0, lockedElsewhere: new Set() };
  return endLocked(tx, expired, { end: 'expired', origin }, mode);
}

/**
 * Ends locked reservations and releases what they hold.
 *
 * @param mode `skip`: those whose stock another transaction has locked stay active.
 */
export async function endLocked(
  tx: Transaction,
  reservations: readonly LockedReservation[],
  { end, origin }: Ending,
  mode: 'wait' | 'skip' = 'wait',
): Promise<EndedReservations> {
  const { levels, lockedElsewhere } = await lockHeldStock(tx, reservations, mode);
  const ended = reservations.filter(({ needs }) => ![...needs.keys()].some((id) => lockedElsewhere.has(id)));
  const at = new Date();
  endReservations(
    tx,
    ended.map(({ reservationId }) => reservationId),
    end,
    at,
  );
  const changes = ended.flatMap((one) => releases(one, levels, { end, origin }));
  writeStock(tx, levels, clampReleases(levels, changes), at);
  return { count: ended.length, lockedElsewhere };
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
