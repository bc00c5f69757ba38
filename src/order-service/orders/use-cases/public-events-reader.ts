import { messageOf } from '../../../shared/errors';
import { type FeedGone } from '../../../shared/event-log/event-feed';
import { type Logger } from '../../../shared/observability/logger';
import { type Database } from '../../../shared/postgres/queryable';
import { createPageSizes } from '../../../shared/resilience/page-sizes';
import {
  type EventPage,
  type FaultyEvent,
  mostReadFor,
  type PublicEventsRequest,
  readPublicEvents,
} from './read-public-events';

/** Reads pages of the public events for clients. */
export type ReadPublicEvents = (
  request: Omit<PublicEventsRequest, 'onFault' | 'mostRead'>,
) => Promise<EventPage | FeedGone>;

/** The number of events to which failures reduce a page. */
const FEWEST_READ = 20;

/**
 * Creates a reader that logs the events which cannot be presented. After a page of an owner that failed it reads half as many events of the
 * feed: large events can exceed the time limit of a statement.
 */
export function createPublicEventsReader({
  db,
  logger,
}: {
  db: Database;
  logger: Pick<Logger, 'error'>;
}): ReadPublicEvents {
  const onFault = ({ eventId, error }: FaultyEvent): void =>
    logger.error('an event cannot be presented and is left out', {
      event_id: eventId,
      error: messageOf(error),
    });
  const pages = createPageSizes(FEWEST_READ);
  return (request) => {
    const most = mostReadFor(request);
    return pages({ key: `${most} ${request.owner ?? ''}`, most }, (mostRead) =>
      readPublicEvents(db, { ...request, mostRead, onFault }),
    );
  };
}
