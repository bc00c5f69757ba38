import { type PublicEvent, type PublicEventType } from '../../../shared/contracts/public-event';
import { type OrderStatus } from '../../../shared/contracts/status-machines';
import {
  earliestCursor,
  type FeedEvent,
  type FeedGone,
  readFeed,
  resumeFeed,
} from '../../../shared/event-log/event-feed';
import { type FeedCursor } from '../../../shared/event-log/feed-cursor';
import { eventsOf, eventsOfEach } from '../../../shared/event-log/read-events';
import { type Queryable } from '../../../shared/postgres/queryable';
import { isComplete, type OrderStepAt, stepsOf, toPublicEvent } from '../domain/public-event';
import { orderWithCursor, presentOrders, publicEventStart } from '../store/public-event-store';

/** A public event with its place in the feed. */
export interface FedEvent {
  event: PublicEvent;
  /** The client whose order it is. */
  owner: string;
  /** Where to continue after this event. */
  cursor: FeedCursor;
}

export interface EventPage {
  events: FedEvent[];
  /** Behind the last event of the feed that was read, also when that one was filtered out. */
  next: FeedCursor;
  /** Whether the feed may have more events behind `next`. */
  hasMore: boolean;
}

/** An absent member does not filter; `status` is that of the order after the event. */
export interface EventFilter {
  types?: readonly PublicEventType[] | undefined;
  orderId?: string | undefined;
  customerId?: string | undefined;
  status?: OrderStatus | undefined;
}

export interface PublicEventsRequest {
  after: FeedCursor;
  /** Only the events of this owner's orders; null: of all owners. */
  owner: string | null;
  /** The maximum number of events of the page. */
  limit: number;
  filter?: EventFilter | undefined;
}

/** The number of events of the feed that one page reads, with a filter. */
const MOST_READ = 500;

/**
 * One page of the public events, in the order of the feed. A reader that continues behind `next` gets each event once, and those of an order
 * in the order of their versions; it never misses one without being told.
 */
export async function readPublicEvents(
  db: Queryable,
  { after, owner, limit, filter = {} }: PublicEventsRequest,
): Promise<EventPage | FeedGone> {
  const start = await publicEventStart(db);
  if (BigInt(after.position) < BigInt(start.position))
    return { gone: 'pruned', earliest: await earliest(db) };
  const most = isFiltering(filter) ? MOST_READ : limit;
  const read = await readFeed(db, { after, owner, limit: most });
  if ('gone' in read) return read;
  const { orderId } = filter;
  const ofOrders = read.filter(
    ({ subjectType, subjectId }) =>
      subjectType === 'order' && (orderId === undefined || subjectId === orderId),
  );
  const steps = await stepsOfEach(db, ofOrders);
  const matching = ofOrders.flatMap((event) => {
    const step = steps.get(event.eventId);
    return step && matches(step, filter) ? [{ event, step }] : [];
  });
  const events = matching.slice(0, limit);
  const isCut = matching.length > limit;
  const last = isCut ? events.at(-1)?.event : read.at(-1);
  return {
    events: events.map(({ event, step }) => ({
      event: toPublicEvent(step),
      owner: event.owner,
      cursor: event.cursor,
    })),
    next: last?.cursor ?? after,
    hasMore: isCut || read.length === most,
  };
}

/**
 * Checks a cursor of an earlier session.
 *
 * @returns the cursor, or the reason why it is no longer valid.
 */
export async function resumePublicEvents(db: Queryable, after: FeedCursor): Promise<FeedCursor | FeedGone> {
  const start = await publicEventStart(db);
  if (BigInt(after.position) < BigInt(start.position))
    return { gone: 'pruned', earliest: await earliest(db) };
  return resumeFeed(db, after);
}

/** The first cursor from which the public events are complete. */
export async function earliestPublicCursor(db: Queryable): Promise<FeedCursor> {
  return earliest(db);
}

/**
 * Present state of one order, as the event of its latest version, with the cursor behind the last event of the feed. Null: the owner (null:
 * any) has no such order. An event that has no position in the feed yet comes again behind the cursor: readers drop the events of the order
 * whose versions are not above this one.
 */
export async function latestEventOfOrder(
  db: Queryable,
  { orderId, owner }: { orderId: string; owner: string | null },
): Promise<FedEvent | null> {
  const found = await orderWithCursor(db, orderId, owner);
  if (!found) return null;
  const { order, cursor } = found;
  const log = (await eventsOf(db, orderId)).filter(({ version }) => version <= order.version);
  const step = stepsOf(log, order).at(-1);
  if (!step) throw new Error(`the order ${orderId} has no events`);
  return { event: toPublicEvent({ ...step, order }), owner: order.clientId, cursor };
}

async function earliest(db: Queryable): Promise<FeedCursor> {
  const [start, kept] = [await publicEventStart(db), await earliestCursor(db)];
  return start.cursor !== null && BigInt(start.position) > BigInt(kept.position) ? start.cursor : kept;
}

/** The steps that events caused, by event id. */
async function stepsOfEach(db: Queryable, events: readonly FeedEvent[]): Promise<Map<string, OrderStepAt>> {
  const orderIds = [...new Set(events.map(({ subjectId }) => subjectId))];
  const logs = await eventsOfEach(db, orderIds);
  const incomplete = orderIds.filter((orderId) => !isComplete(logs.get(orderId) ?? []));
  const present = await presentOrders(db, incomplete);
  const steps = [...logs].flatMap(([orderId, log]) => stepsOf(log, present.get(orderId) ?? null));
  return new Map(steps.map((step) => [step.entry.eventId, step]));
}

const isFiltering = ({ types, orderId, customerId, status }: EventFilter): boolean =>
  [types, orderId, customerId, status].some((member) => member !== undefined);

function matches({ type, order }: OrderStepAt, { types, customerId, status }: EventFilter): boolean {
  return (
    (types === undefined || types.includes(type)) &&
    (customerId === undefined || order.customerId === customerId) &&
    (status === undefined || order.status === status)
  );
}
