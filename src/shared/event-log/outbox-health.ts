import { PublicHealthError } from '../errors';
import { type Metrics } from '../observability/metrics';
import { type Queryable } from '../postgres/queryable';
import { withTimeout } from '../runtime/with-timeout';
import { countRefused, MAX_COUNTED, refusedEvents } from './refused-events';
import { countUnpublished } from './outbox';

/**
 * The time limit of the query, in milliseconds. After it the state of the outbox is unknown, and the health check of the database reports
 * the reason.
 */
const QUERY_TIMEOUT_MS = 1_000;

/**
 * The health check of the outbox. It throws an error with the number and age of the events while a queue refuses events. Their orders
 * wait; every request is served.
 */
export async function checkOutbox(db: Queryable): Promise<void> {
  const refused = await withTimeout(QUERY_TIMEOUT_MS, refusedEvents(db), () => null).catch(() => null);
  if (!refused || refused.count === 0) return;
  const count = refused.count < MAX_COUNTED ? String(refused.count) : `${MAX_COUNTED} or more`;
  const age = Math.floor(refused.oldestAgeSeconds);
  throw new PublicHealthError(`events that the queue refuses: ${count}; the oldest happened ${age} s ago`);
}

/** Adds gauges of the events that wait to be sent, and of those that a queue has refused. */
export function addOutboxGauges(metrics: Metrics, db: Queryable): void {
  metrics.gauge('events_unpublished', 'Events that wait to be sent.', () => countUnpublished(db));
  metrics.gauge('events_refused', 'Events that a queue has refused and that wait to be sent again.', () =>
    countRefused(db),
  );
}
