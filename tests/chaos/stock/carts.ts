import { setTimeout as delay } from 'node:timers/promises';
import { type CallApi, type History, type OrderHistory } from '../history';
import { repeatUntilKnown } from '../repeat';
import { type Cart } from './purchases';
import { extendReservation, type Item, releaseReservation, reserve } from './stock-api';

export interface CartDependencies {
  call: CallApi;
  /** No new repeats when this is true. */
  isOver: () => boolean;
  history: History;
}

/** Reserves items until the customer decides. Returns the id of the reservation, if it is to be ordered. */
export async function fillCart(
  { call, isOver, history }: CartDependencies,
  order: OrderHistory,
  items: readonly Item[],
  { seconds, afterMs, then }: Cart,
): Promise<string | null> {
  const asked = reserve(`${order.key}-cart`, items, seconds);
  const answer = await repeatUntilKnown(() => call(order, 'reserve', asked), { isOver });
  if (answer?.outcome === 'fail') {
    const what = `a reservation was refused with ${answer.status}: ${answer.text}`;
    history.breaches.push({ invariant: 'load', what, key: order.key });
  }
  if (answer?.outcome !== 'ok') return null;
  const { reservation_id: reservationId } = JSON.parse(answer.text) as { reservation_id: string };
  history.stock.reservations.set(reservationId, order.key);
  await delay(afterMs);
  if (isOver()) return null;
  if (then === 'extend-and-order') await call(order, 'extend', extendReservation(reservationId, seconds));
  if (then === 'release') await call(order, 'release', releaseReservation(reservationId));
  return then === 'release' || then === 'leave' ? null : reservationId;
}
