import { preparedByKey, type Transaction } from '../../../shared/postgres/queryable';
import { type ReservationEnd } from '../domain/reservation';

const END_RESERVATIONS = preparedByKey(
  'end-reservations',
  `UPDATE reservations r SET status = $2, order_id = n.order_id, version = r.version + 1, updated_at = $3
     FROM json_to_recordset($1::json) AS n (reservation_id uuid, order_id uuid)
    WHERE r.reservation_id = n.reservation_id AND r.status = 'active'`,
);

/** Marks locked reservations as taken over by orders. */
export function convertReservations(
  tx: Transaction,
  conversions: readonly { reservationId: string; orderId: string }[],
  at: Date,
): void {
  const rows = conversions.map(({ reservationId, orderId }) => ({
    reservation_id: reservationId,
    order_id: orderId,
  }));
  if (rows.length > 0) tx.send(END_RESERVATIONS, [JSON.stringify(rows), 'converted', at]);
}

/** Marks locked reservations as ended without an order. */
export function endReservations(
  tx: Transaction,
  reservationIds: readonly string[],
  end: ReservationEnd,
  at: Date,
): void {
  const rows = reservationIds.map((reservationId) => ({ reservation_id: reservationId }));
  if (rows.length > 0) tx.send(END_RESERVATIONS, [JSON.stringify(rows), end, at]);
}
