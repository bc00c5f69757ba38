import { type PublicEvent, type PublicOrderEvent } from '../../../shared/contracts/public-event';
import {
  earliestCursor,
  type FeedEvent,
  type FeedGone,
  type FeedRequest,
  readFeed,
  resumeFeed,
} from '../../../shared/event-log/event-feed';
import { type FeedCursor } from '../../../shared/event-log/feed-cursor';
import { eventsOfEach } from '../../../shared/event-log/read-events';
import {
  type Database,
  inOneTransaction,
  type Queryable,
  type Transaction,
} from '../../../shared/postgres/queryable';
import { isOfCatalogue, toCatalogueEvent } from '../domain/catalogue-event';
import { type EventFilter, isFiltering, matches, mayMatch } from '../domain/event-filter';
import { type OrderStepAt, presentState, stepsOf, toPublicEvent } from '../domain/public-event';
import { customersOf, orderWithCursor, PUBLIC_START } from '../store/public-event-store';
import { readOrderSteps } from './read-order-steps';

/** A public event with its place in the feed. */
export interface FedEvent {
  event: PublicEvent;
  /** The client whose order or product it is. */
  owner: string;
  /** Where to continue after this event. */
  cursor: FeedCursor;
}

/** An event of an order with its place in the feed. */
export interface FedOrderEvent extends FedEvent {
  event: PublicOrderEvent;
}

export interface EventPage {
  events: FedEvent[];
  /** Behind the last event of the feed that was read, also when that one was filtered out. */
  next: FeedCursor;
  /** Whether the feed may have more events behind `next`. */
  hasMore: boolean;
}

export interface PublicEventsRequest {
  after: FeedCursor;
  /** Only the events of this owner's orders and products; null: of all owners. */
  owner: string | null;
  /** The maximum number of events of the page. */
  limit: number;
  filter?: EventFilter | undefined;
  /** Whether few events are expected to match although the filter is not one: the page reads as many events of the feed as with a filter. */
  isSparse?: boolean | undefined;
  /** The maximum number of events of the feed that the page reads; by default {@link mostReadFor}. */
  mostRead?: number | undefined;
  /** Called for each event that is left out because it, or the log of its order, is malformed; by default nothing happens. */
  onFault?: ((fault: FaultyEvent) => void) | undefined;
}

/** An event that cannot be presented. */
export interface FaultyEvent {
  eventId: string;
  error: unknown;
}

/** The number of events of the feed that a page with a filter reads. */
const MOST_READ = 500;

/** The usual number of events of the feed that a page reads. */
export const mostReadFor = ({ filter = {}, isSparse = false, limit }: PublicEventsRequest): number =>
  isSparse || isFiltering(filter) ? MOST_READ : limit;

/**
 * One page of the public events, in the order of the feed. A reader that continues behind `next` gets each event once, and those of a subject
 * in the order of their versions. When that is not possible it is told, whether the page begins a session or continues one. An event that
 * cannot be presented is left out: it would stop the readers of all owners.
 *
 * The page takes up to four statements, whatever its size: the events, their customers when these are filtered, the logs of the orders, and
 * the orders whose logs are incomplete. The events of products and stock need none but the first.
 */
export function readPublicEvents(
  db: Database | Transaction,
  request: PublicEventsRequest,
): Promise<EventPage | FeedGone> {
  return inOneTransaction(db, (tx) => readPage(tx, request));
}

async function readPage(tx: Transaction, request: PublicEventsRequest): Promise<EventPage | FeedGone> {
  const { after, owner, limit, filter = {}, onFault = () => undefined } = request;
  const most = request.mostRead ?? mostReadFor(request);
  const read = await readChanges(tx, { after, owner, subjectId: filter.orderId, limit: most });
  if ('gone' in read) return read;
  const candidates = await ofCustomer(
    tx,
    read.changes.filter((change) => mayMatch(change, filter)),
    filter,
  );
  const { steps, faults } = await readOrderSteps(tx, candidates.filter(isOfOrder));
  for (const { eventId, subjectId } of candidates)
    if (faults.has(subjectId)) onFault({ eventId, error: faults.get(subjectId) });
  const sound = candidates.filter(({ subjectId }) => !faults.has(subjectId));
  const removed = sound.findLast((change) => isOfOrder(change) && !steps.has(change.eventId));
  if (removed) return { gone: 'pruned', earliest: removed.cursor };
  const matching = sound.filter((change) => {
    const step = steps.get(change.eventId);
    return step === undefined || matches(step, filter);
  });
  const page = matching.slice(0, limit);
  const events = page.flatMap((change) => toFedEvent(change, steps.get(change.eventId), onFault));
  return matching.length > limit
    ? { events, next: page.at(-1)?.cursor ?? after, hasMore: true }
    : { events, next: read.next, hasMore: read.hasMore };
}

/**
 * The event, or nothing when it cannot be presented.
 *
 * @param step of the order; undefined: the event is about a product or its stock.
 */
function toFedEvent(
  change: FeedEvent,
  step: OrderStepAt | undefined,
  onFault: (fault: FaultyEvent) => void,
): FedEvent[] {
  const { owner, cursor, eventId } = change;
  try {
    return [{ event: step ? toPublicEvent(step) : toCatalogueEvent(change), owner, cursor }];
  } catch (error) {
    onFault({ eventId, error });
    return [];
  }
}

const isOfOrder = ({ subjectType }: FeedEvent): boolean => subjectType === 'order';

/** The events of a part of the feed that clients can receive, without the orders that they concern. */
export interface Changes extends Pick<EventPage, 'next' | 'hasMore'> {
  changes: FeedEvent[];
}

/** One page of the changes behind a cursor, with the same guarantees as {@link readPublicEvents}. */
export function readChanges(db: Database | Transaction, request: FeedRequest): Promise<Changes | FeedGone> {
  return inOneTransaction(db, async (tx) => {
    const page = await readFeed(tx, request, PUBLIC_START);
    if ('gone' in page) return page;
    const { events, next, hasMore } = page;
    return { changes: events.filter((event) => isOfOrder(event) || isOfCatalogue(event)), next, hasMore };
  });
}

/** The changes of the orders of the filter's customer; all, without one. Those of products cannot match such a filter. */
async function ofCustomer(
  db: Queryable,
  changes: readonly FeedEvent[],
  { customerId }: EventFilter,
): Promise<readonly FeedEvent[]> {
  if (customerId === undefined) return changes;
  const customers = await customersOf(
    db,
    changes.map(({ subjectId }) => subjectId),
  );
  return changes.filter(({ subjectId }) => customers.get(subjectId) === customerId);
}

/**
 * Checks a cursor of an earlier session.
 *
 * @returns the cursor, or the reason why it is no longer valid.
 */
export function resumePublicEvents(db: Queryable, after: FeedCursor): Promise<FeedCursor | FeedGone> {
  return resumeFeed(db, after, PUBLIC_START);
}

/** The first cursor from which the public events are complete. */
export function earliestPublicCursor(db: Queryable): Promise<FeedCursor> {
  return earliestCursor(db, PUBLIC_START);
}

/**
 * Present state of one order, as the event of its latest version, with the cursor behind the last event of the feed. Null: the owner (null:
 * any) has no such order. An event that has no position in the feed yet comes again behind the cursor: readers drop the events of the order
 * whose versions are not above this one. When that event was removed from the log, one with the id of the order takes its place.
 */
export function latestEventOfOrder(
  db: Database | Transaction,
  { orderId, owner }: { orderId: string; owner: string | null },
): Promise<FedOrderEvent | null> {
  return inOneTransaction(db, async (tx) => {
    const found = await orderWithCursor(tx, orderId, owner);
    if (!found) return null;
    const { order, cursor } = found;
    const log = (await eventsOfEach(tx, [orderId])).get(orderId) ?? [];
    const step = stepsOf(log, order).find(({ entry }) => entry.version === order.version);
    return { event: step ? toPublicEvent(step) : presentState(order), owner: order.clientId, cursor };
  });
}

/**
 * The public form of events of orders, by event id, for a reader that knows the events from the feed. Events that were removed from the log are
 * absent.
 *
 * @throws Error when the log of one of the orders is malformed.
 */
export async function publicEventsOf(
  db: Queryable,
  changes: readonly Pick<FeedEvent, 'subjectId' | 'eventId'>[],
): Promise<Map<string, PublicOrderEvent>> {
  const { steps, faults } = await readOrderSteps(db, changes);
  for (const error of faults.values()) throw error;
  return new Map(
    changes.flatMap(({ eventId }) => {
      const step = steps.get(eventId);
      return step ? [[eventId, toPublicEvent(step)] as const] : [];
    }),
  );
}
