import { type PublicEvent } from '../../../shared/contracts/public-event';
import { AppError } from '../../../shared/errors';
import { type FeedEvent } from '../../../shared/event-log/event-feed';
import { groupBy } from '../../../shared/group-by';
import { type Queryable } from '../../../shared/postgres/queryable';
import { publicEventsOf } from '../../orders/use-cases/read-public-events';

type Change = Pick<FeedEvent, 'subjectId' | 'eventId'>;

export interface OrderEvents {
  /** By event id. */
  events: Map<string, PublicEvent>;
  /** Orders whose events cannot be presented, with the errors. */
  faults: Map<string, Error>;
}

/** Reads the public form of events. An order whose log cannot be presented is a fault of its own, and does not affect the others. */
export async function readOrderEvents(db: Queryable, changes: readonly Change[]): Promise<OrderEvents> {
  try {
    return { events: await publicEventsOf(db, changes), faults: new Map() };
  } catch (error) {
    if (!isOfData(error)) throw error;
  }
  const found: OrderEvents = { events: new Map(), faults: new Map() };
  for (const [subjectId, ofOrder] of groupBy(changes, (change) => change.subjectId))
    try {
      for (const [id, event] of await publicEventsOf(db, ofOrder)) found.events.set(id, event);
    } catch (error) {
      if (!isOfData(error)) throw error;
      found.faults.set(subjectId, error);
    }
  return found;
}

/** Whether the data of one delivery caused an error: those of the database and of the network have a code, or are converted. */
export const isOfData = (error: unknown): error is Error =>
  error instanceof Error && !(error instanceof AppError) && !('code' in error);
