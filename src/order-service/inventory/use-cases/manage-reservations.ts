import { LAST_ID, uuid } from '../../../shared/contracts/text';
import { AppError, type ExpectedVersions, requireVersion } from '../../../shared/errors';
import { type Origin } from '../../../shared/event-log/event';
import { type Page, type PageRequest, readPage } from '../../../shared/postgres/keyset-page';
import { type Database, type Queryable } from '../../../shared/postgres/queryable';
import { type Reader, type ReadPool } from '../../../shared/postgres/read-pool';
import { RESERVATION_EXPIRED, RESERVATION_NOT_FOUND } from '../domain/problem-types';
import { heldBy, isActive, type Reservation, type ReservationStatus } from '../domain/reservation';
import {
  findReservation,
  listReservations as list,
  lockReservation,
  updateExpiry,
} from '../store/reservation-store';
import { endLocked } from './end-reservations';

/** A reservation as a caller names it. */
export interface ReservationRef {
  reservationId: string;
  /** Null: of any client. */
  visibleOwner: string | null;
}

/** @throws AppError `not_found` also for a reservation of another client. */
export async function getReservation(
  db: Queryable,
  { reservationId, visibleOwner }: ReservationRef,
): Promise<Reservation> {
  return found(await findReservation(db, reservationId, visibleOwner));
}

export interface ReservationFilter {
  owner: string | null;
  status: ReservationStatus | undefined;
}

/**
 * A page of reservations, newest first.
 *
 * @throws AppError `invalid_input` (`invalid_cursor`); `quota_exceeded` (`too_many_reads`)
 */
export function listReservations(
  reads: ReadPool,
  { page, ...filter }: ReservationFilter & { page: PageRequest },
  reader: Reader,
): Promise<Page<Reservation>> {
  return readPage(page, {
    position: uuid,
    positionOf: ({ reservationId }) => reservationId,
    read: (after, limit) =>
      reads.read(reader, (db) => list(db, { ...filter, before: after ?? LAST_ID, limit })),
  });
}

/**
 * Lets a reservation expire so many seconds from now, and never earlier than before.
 *
 * @throws AppError `not_found`; `precondition_failed`; `conflict` (`reservation_expired`) when it is no longer active.
 */
export function extendReservation(
  db: Database,
  { reservationId, visibleOwner }: ReservationRef,
  seconds: number,
  expected: ExpectedVersions,
): Promise<Reservation> {
  return db.transaction(async (tx) => {
    const { reservation, now } = found(await lockReservation(tx, reservationId, visibleOwner));
    requireVersion(expected, reservation.version);
    if (!isActive(reservation, now)) throw ended(reservation);
    const expiresAt = new Date(now.getTime() + seconds * 1_000);
    if (expiresAt <= reservation.expiresAt) return reservation;
    const extended = { ...reservation, expiresAt, version: reservation.version + 1, updatedAt: now };
    updateExpiry(tx, extended);
    return extended;
  });
}

/**
 * Releases what a reservation holds. One that has already ended without an order stays as it is.
 *
 * @throws AppError `not_found`; `precondition_failed`; `conflict` (`reservation_expired`) when an order has taken it over.
 */
export function releaseReservation(
  db: Database,
  { reservationId, visibleOwner }: ReservationRef,
  expected: ExpectedVersions,
  origin: Origin,
): Promise<void> {
  return db.transaction(async (tx) => {
    const { reservation } = found(await lockReservation(tx, reservationId, visibleOwner));
    requireVersion(expected, reservation.version);
    if (reservation.status === 'converted') throw ended(reservation);
    if (reservation.status !== 'active') return;
    await endLocked(tx, [{ reservationId, needs: heldBy(reservation.items) }], { end: 'released', origin });
  });
}

function found<T>(row: T | null): T {
  if (row === null) throw new AppError(RESERVATION_NOT_FOUND, RESERVATION_NOT_FOUND.detail);
  return row;
}

function ended({ status }: Reservation): AppError {
  const reason = {
    active: 'has expired',
    expired: 'has expired',
    released: 'was released',
    converted: 'became an order',
  }[status];
  return new AppError(RESERVATION_EXPIRED, `the reservation ${reason}`);
}
