import { type FeedGone } from '../../../shared/event-log/event-feed';
import { encodeFeedCursor } from '../../../shared/event-log/feed-cursor';
import { EVENTS_PRUNED, HISTORY_CHANGED } from '../../orders/domain/problem-types';

/** The last message of a stream: the reason of its end. Its code is also the name of the event. */
export interface StreamNotice {
  code: string;
  detail: string;
  earliest_cursor?: string;
}

const DETAILS = {
  token_expired: 'the access token has expired; connect again with a new one',
  token_revoked: 'the access token was revoked, or its client has lost a scope that the stream needs',
  order_ended: 'the order has reached its final status',
  server_stopping: 'this instance is stopping; connect again',
  internal_error: 'an internal error occurred; connect again',
};

/** The notice of an end that is not about the feed. */
export const noticeOf = (code: keyof typeof DETAILS): StreamNotice => ({ code, detail: DETAILS[code] });

/** The end of a stream behind whose cursor events are missing. */
export function goneNotice({ gone, earliest }: FeedGone): StreamNotice {
  const { code, detail } = gone === 'pruned' ? EVENTS_PRUNED : HISTORY_CHANGED;
  return { code, detail, earliest_cursor: encodeFeedCursor(earliest) };
}
