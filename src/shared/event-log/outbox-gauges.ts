import { type Metrics } from '../observability/metrics';
import { type Queryable } from '../postgres/queryable';
import { countRefused } from './refused-events';
import { countUnpublished } from './unpublished-events';

/** Shows in the metrics of a service how many events wait to be sent, and how many of them a queue has refused. */
export function gaugeOutbox(metrics: Metrics, db: Queryable): void {
  metrics.gauge('events_unpublished', 'Events that wait to be sent.', () => countUnpublished(db));
  metrics.gauge('events_refused', 'Events that a queue has refused and that wait to be sent again.', () =>
    countRefused(db),
  );
}
