import { AppError } from '../../../shared/errors';
import { type PublishedEvent, eventsWithPublication } from '../../../shared/event-log/read-events';
import { type Queryable } from '../../../shared/postgres/queryable';
import { type Order } from '../domain/order';
import { ORDER_NOT_FOUND } from '../domain/problem-types';
import { findOrder, createOrderFinder } from '../store/order-store';

/** @throws AppError `not_found` for an unknown order and for an order of another client. */
export async function getOrder(db: Queryable, orderId: string, clientId: string | null): Promise<Order> {
  return requireOrder(await findOrder(db, orderId, clientId));
}

export type ReadOrder = (orderId: string, clientId: string | null) => Promise<Order>;

/** {@link getOrder} for concurrent callers, whose reads share a statement. */
export function createOrderReader(db: Queryable): ReadOrder {
  const find = createOrderFinder(db);
  return async (orderId, clientId) => requireOrder(await find(orderId, clientId));
}

function requireOrder(order: Order | null): Order {
  if (!order) throw orderNotFound();
  return order;
}

export function orderNotFound(): AppError {
  return new AppError(ORDER_NOT_FOUND, 'there is no such order');
}

/**
 * The events of an order, oldest first.
 *
 * @throws AppError `not_found` for an unknown order and for an order of another client.
 */
export async function getTimeline(
  db: Queryable,
  orderId: string,
  clientId: string | null,
): Promise<PublishedEvent[]> {
  await getOrder(db, orderId, clientId);
  return eventsWithPublication(db, orderId);
}
