import { messageOf } from '../../../shared/errors';
import { type FeedGone } from '../../../shared/event-log/event-feed';
import { type Logger } from '../../../shared/observability/logger';
import { type Database } from '../../../shared/postgres/queryable';
import {
  type EventPage,
  type FaultyEvent,
  type PublicEventsRequest,
  readPublicEvents,
} from './read-public-events';

/** Reads pages of the public events for clients. */
export type ReadPublicEvents = (
  request: Omit<PublicEventsRequest, 'onFault'>,
) => Promise<EventPage | FeedGone>;

/** Creates a reader that logs the events which cannot be presented. */
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
  return (request) => readPublicEvents(db, { ...request, onFault });
}
