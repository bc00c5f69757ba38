import { type FeedGone } from '../../../shared/event-log/event-feed';
import { encodeFeedCursor } from '../../../shared/event-log/feed-cursor';
import { AppError } from '../../../shared/errors';
import { EVENTS_PRUNED, HISTORY_CHANGED } from '../domain/problem-types';

/** The error for a reader whose events are gone; it holds the cursor from which the feed is complete. */
export function eventsGone({ gone, earliest }: FeedGone): AppError {
  const type = gone === 'pruned' ? EVENTS_PRUNED : HISTORY_CHANGED;
  return new AppError(type, type.detail, { earliestCursor: encodeFeedCursor(earliest) });
}
