import { type PublicEvent } from '../../../shared/contracts/public-event';
import { AppError } from '../../../shared/errors';
import { groupBy } from '../../../shared/group-by';
import { type Queryable } from '../../../shared/postgres/queryable';
import { type CatalogueLogEntry, isOfCatalogue, toCatalogueEvent } from '../../orders/domain/catalogue-event';
import { publicEventsOf } from '../../orders/use-cases/read-public-events';

type OrderChange = Pick<CatalogueLogEntry, 'subjectId' | 'eventId'>;

export interface PresentedEvents {
  /** By event id. */
  events: Map<string, PublicEvent>;
  /** Events that cannot be presented, with the errors, by event id. */
  faults: Map<string, Error>;
}

/**
 * Reads the public form of events of the log. An order whose log cannot be presented is a fault of each of its events, an event of a product
 * or its stock one of its own; others are not affected.
 */
export async function presentEvents(
  db: Queryable,
  changes: readonly CatalogueLogEntry[],
): Promise<PresentedEvents> {
  const found = await presentOrderEvents(
    db,
    changes.filter((change) => !isOfCatalogue(change)),
  );
  addCatalogueEvents(found, changes.filter(isOfCatalogue));
  return found;
}

/** The same for events of orders, which are found by their ids. */
export async function presentOrderEvents(
  db: Queryable,
  changes: readonly OrderChange[],
): Promise<PresentedEvents> {
  try {
    return { events: await publicEventsOf(db, changes), faults: new Map() };
  } catch (error) {
    if (!isOfData(error)) throw error;
  }
  const found: PresentedEvents = { events: new Map(), faults: new Map() };
  for (const ofOrder of groupBy(changes, (change) => change.subjectId).values())
    try {
      for (const [id, event] of await publicEventsOf(db, ofOrder)) found.events.set(id, event);
    } catch (error) {
      if (!isOfData(error)) throw error;
      for (const { eventId } of ofOrder) found.faults.set(eventId, error);
    }
  return found;
}

/** Adds events of products and their stock. */
export function addCatalogueEvents(
  { events, faults }: PresentedEvents,
  changes: readonly CatalogueLogEntry[],
): void {
  for (const change of changes)
    try {
      events.set(change.eventId, toCatalogueEvent(change));
    } catch (error) {
      if (!isOfData(error)) throw error;
      faults.set(change.eventId, error);
    }
}

/** Whether the data of one delivery caused an error: those of the database and of the network have a code, or are converted. */
export const isOfData = (error: unknown): error is Error =>
  error instanceof Error && !(error instanceof AppError) && !('code' in error);
