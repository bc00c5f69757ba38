import { CATALOGUE_EVENT_TYPES } from '../../../shared/contracts/public-event';
import { eventsById } from '../../../shared/event-log/read-events';
import { type Queryable } from '../../../shared/postgres/queryable';
import { type TakenDelivery } from '../domain/delivery';
import { NOTICE_TYPES } from '../domain/notice';
import { noticeBodies } from '../store/notice-store';
import { addCatalogueEvents, presentOrderEvents } from './present-events';

type Delivery = Pick<TakenDelivery, 'subjectId' | 'eventId' | 'type'>;

const NOTICES: ReadonlySet<string> = new Set(NOTICE_TYPES);
const OF_CATALOGUE: ReadonlySet<string> = new Set(CATALOGUE_EVENT_TYPES);

/**
 * The bodies of requests, by event id; an event that is no longer kept is absent, and one that cannot be presented is the error. The log gives
 * the same body for each attempt.
 */
export async function renderBodies(
  db: Queryable,
  deliveries: readonly Delivery[],
): Promise<Map<string, string | Error>> {
  const { notices, ofCatalogue, ofOrders } = sorted(deliveries);
  const found = await presentOrderEvents(db, ofOrders);
  if (ofCatalogue.length > 0) addCatalogueEvents(found, await eventsById(db, idsOf(ofCatalogue)));
  const texts = notices.length === 0 ? [] : await noticeBodies(db, idsOf(notices));
  return new Map<string, string | Error>([
    ...[...found.events].map(([eventId, event]) => [eventId, JSON.stringify(event)] as const),
    ...found.faults,
    ...texts,
  ]);
}

function sorted(deliveries: readonly Delivery[]) {
  const [notices, ofCatalogue, ofOrders]: [Delivery[], Delivery[], Delivery[]] = [[], [], []];
  for (const delivery of deliveries)
    if (NOTICES.has(delivery.type)) notices.push(delivery);
    else (OF_CATALOGUE.has(delivery.type) ? ofCatalogue : ofOrders).push(delivery);
  return { notices, ofCatalogue, ofOrders };
}

const idsOf = (deliveries: readonly Delivery[]): string[] => deliveries.map(({ eventId }) => eventId);
