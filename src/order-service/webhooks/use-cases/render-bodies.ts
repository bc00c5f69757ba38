import { type Queryable } from '../../../shared/postgres/queryable';
import { type TakenDelivery } from '../domain/delivery';
import { NOTICE_TYPES } from '../domain/notice';
import { noticeBodies } from '../store/notice-store';
import { readOrderEvents } from './read-order-events';

const NOTICES: ReadonlySet<string> = new Set(NOTICE_TYPES);

/**
 * The bodies of requests, by event id; an event that is no longer kept is absent, and one of an order that cannot be presented is the error. The
 * log gives the same body for each attempt.
 */
export async function renderBodies(
  db: Queryable,
  deliveries: readonly Pick<TakenDelivery, 'subjectId' | 'eventId' | 'type'>[],
): Promise<Map<string, string | Error>> {
  const ofOrders = deliveries.filter(({ type }) => !NOTICES.has(type));
  const notices = deliveries.filter(({ type }) => NOTICES.has(type));
  const { events, faults } = await readOrderEvents(db, ofOrders);
  const bodies = new Map<string, string | Error>(
    [...events].map(([eventId, event]) => [eventId, JSON.stringify(event)]),
  );
  for (const { subjectId, eventId } of ofOrders) {
    const fault = faults.get(subjectId);
    if (fault) bodies.set(eventId, fault);
  }
  if (notices.length === 0) return bodies;
  const texts = await noticeBodies(
    db,
    notices.map(({ eventId }) => eventId),
  );
  return new Map([...bodies, ...texts]);
}
