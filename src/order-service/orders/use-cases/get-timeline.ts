import { type StoredEvent } from '../../../shared/event-log/event';
import { eventsOfOrder } from '../../../shared/event-log/read-events';
import { type Queryable } from '../../../shared/postgres/queryable';
import { getOrder } from './get-order';

/**
 * Everything that happened to an order, oldest first.
 *
 * @throws AppError `not_found` for an unknown order, and the same for another client's.
 */
export async function getTimeline(
  db: Queryable,
  orderId: string,
  clientId: string | null,
): Promise<StoredEvent[]> {
  await getOrder(db, orderId, clientId);
  return eventsOfOrder(db, orderId);
}
