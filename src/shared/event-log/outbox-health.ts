import { PublicHealthError } from '../errors';
import { type Metrics } from '../observability/metrics';
import { type Queryable } from '../postgres/queryable';
import { within } from '../runtime/within';
import { countRefused, MOST_COUNTED, refusedEvents } from './refused-events';
import { countUnpublished } from './unpublished-events';

/** Nothing is known after that time, and the health check of the database says why. */
const ANSWER_MS = 1_000;

/**
 * The health check of the outbox: throws while a queue refuses events, with how many and since when. Their orders wait; every request is
 * served.
 */
export async function checkOutbox(db: Queryable): Promise<void> {
  const refused = await within(ANSWER_MS, refusedEvents(db), () => null).catch(() => null);
  if (!refused || refused.count === 0) return;
  const count = refused.count < MOST_COUNTED ? String(refused.count) : `${MOST_COUNTED} or more`;
  const age = Math.floor(refused.oldestAgeSeconds);
  throw new PublicHealthError(`events that the queue refuses: ${count}; the oldest happened ${age} s ago`);
}

/** Shows in the metrics of a service how many events wait to be sent, and how many of them a queue has refused. */
export function gaugeOutbox(metrics: Metrics, db: Queryable): void {
  metrics.gauge('events_unpublished', 'Events that wait to be sent.', () => countUnpublished(db));
  metrics.gauge('events_refused', 'Events that a queue has refused and that wait to be sent again.', () =>
    countRefused(db),
  );
}
