import { CANCELLATION_REFUSED } from './problem-types';
import { AppError, IllegalTransitionError } from '../../../shared/errors';
import { orderMachine } from '../../../shared/contracts/status-machines';
import { evolveOrder } from './evolve-order';
import { type Order, type OrderStep } from './order';
import { snapshotOf } from './order-resource';

/**
 * Records the cancellation request. The Delivery Service, which owns the parcel, decides. Returns null when the request is already
 * recorded.
 *
 * @throws IllegalTransitionError when the parcel has left or the order has ended.
 * @throws AppError `conflict` when an earlier request was refused.
 */
export function requestCancellation(order: Order, now: Date): OrderStep | null {
  if (order.cancellation === 'requested' || order.cancellation === 'confirmed') return null;
  if (!orderMachine.isAllowed(order.status, 'CANCELLED')) {
    throw new IllegalTransitionError(order.status, 'CANCELLED', orderMachine.allowedFrom(order.status));
  }
  if (order.cancellation === 'refused') {
    throw new AppError(CANCELLATION_REFUSED, 'the cancellation was refused: the parcel has been handed over');
  }
  const payload = { ...snapshotOf(order), cancellation: 'requested' };
  const event = { type: 'ORDER_CANCEL_REQUESTED' as const, payload, sent: true };
  return { order: evolveOrder(order, event, now), event };
}
