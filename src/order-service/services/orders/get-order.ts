import { AppError } from '../../../shared/errors';
import { type Queryable } from '../../../shared/postgres/queryable';
import { type Order } from '../../domain/order';
import { findOrder } from '../../store/order-store';

/** @throws AppError `not_found` for an unknown order, and the same for another client's. */
export async function getOrder(db: Queryable, orderId: string, clientId: string | null): Promise<Order> {
  const order = await findOrder(db, orderId, clientId);
  if (!order) throw orderNotFound();
  return order;
}

export function orderNotFound(): AppError {
  return new AppError('not_found', 'there is no such order', { code: 'order_not_found' });
}
