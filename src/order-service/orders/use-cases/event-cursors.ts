import { INVALID_CURSOR } from '../../../shared/contracts/problem';
import { type FeedGone } from '../../../shared/event-log/event-feed';
import { decodeFeedCursor, encodeFeedCursor, type FeedCursor } from '../../../shared/event-log/feed-cursor';
import { AppError } from '../../../shared/errors';
import { EVENTS_PRUNED, HISTORY_CHANGED } from '../domain/problem-types';

/**
 * The cursor that a caller sent.
 *
 * @param path where the caller sent it, such as the name of a query parameter
 * @throws AppError `invalid_input` (`invalid_cursor`) for a text that is not a cursor.
 */
export function eventCursor(text: string, path: string): FeedCursor {
  const cursor = decodeFeedCursor(text);
  if (cursor) return cursor;
  throw new AppError(INVALID_CURSOR, `${path} is not a cursor of the event feed`, {
    errors: [{ path, message: 'is not a cursor of the event feed' }],
  });
}

/** The error for a reader whose events are gone; it holds the cursor from which the feed is complete. */
export function eventsGone({ gone, earliest }: FeedGone): AppError {
  const type = gone === 'pruned' ? EVENTS_PRUNED : HISTORY_CHANGED;
  return new AppError(type, type.detail, { earliestCursor: encodeFeedCursor(earliest) });
}
