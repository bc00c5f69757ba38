import { type Transaction } from '../../../shared/postgres/queryable';
import { convertReservations } from '../store/reservation-end-store';
import {
  lockActiveReservations,
  lockFreeActiveReservations,
  type LockedReservation,
} from '../store/reservation-lock-store';

/** A reservation that an order can take over, with what it holds by product. */
export type ActiveReservation = LockedReservation;

/**
 * Locks reservations until the transaction ends, in the order of their ids. Those that do not exist, have ended or expired, or belong to another
 * owner, are absent.
 */
export async function lockReservations(
  tx: Transaction,
  ids: readonly { owner: string; reservationId: string }[],
): Promise<Map<string, ActiveReservation>> {
  if (ids.length === 0) return new Map();
  return byId(await lockActiveReservations(tx, ids));
}

export interface FreeReservations {
  /** By id. */
  reservations: ReadonlyMap<string, ActiveReservation>;
  /** The ids of those that another transaction has locked. */
  lockedElsewhere: ReadonlySet<string>;
}

/** Like {@link lockReservations}, but does not wait for reservations that another transaction has locked. */
export async function lockFreeReservations(
  tx: Transaction,
  ids: readonly { owner: string; reservationId: string }[],
): Promise<FreeReservations> {
  const { locked, lockedElsewhere } = await lockFreeActiveReservations(tx, ids);
  return { reservations: byId(locked), lockedElsewhere: new Set(lockedElsewhere) };
}

const byId = (locked: readonly LockedReservation[]): Map<string, ActiveReservation> =>
  new Map(locked.map((reservation) => [reservation.reservationId, reservation]));

/** Marks locked reservations as taken over. The caller writes the changes of the stock: `reservation_converted` and `order_placed`. */
export function markConverted(
  tx: Transaction,
  conversions: readonly { reservationId: string; orderId: string }[],
  at: Date,
): void {
  convertReservations(tx, conversions, at);
}
