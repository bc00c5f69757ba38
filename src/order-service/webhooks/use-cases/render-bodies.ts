import { type Queryable } from '../../../shared/postgres/queryable';
import { publicEventsOf } from '../../orders/use-cases/read-public-events';
import { type TakenDelivery } from '../domain/delivery';
import { NOTICE_TYPES } from '../domain/notice';
import { noticeBodies } from '../store/notice-store';

const NOTICES: ReadonlySet<string> = new Set(NOTICE_TYPES);

/** The bodies of requests, by event id; an event that is no longer kept is absent. The log gives the same body for each attempt. */
export async function renderBodies(
  db: Queryable,
  deliveries: readonly Pick<TakenDelivery, 'subjectId' | 'eventId' | 'type'>[],
): Promise<Map<string, string>> {
  const ofOrders = deliveries.filter(({ type }) => !NOTICES.has(type));
  const notices = deliveries.filter(({ type }) => NOTICES.has(type));
  const events = await publicEventsOf(db, ofOrders);
  const bodies = new Map([...events].map(([eventId, event]) => [eventId, JSON.stringify(event)]));
  if (notices.length === 0) return bodies;
  const texts = await noticeBodies(
    db,
    notices.map(({ eventId }) => eventId),
  );
  return new Map([...bodies, ...texts]);
}
