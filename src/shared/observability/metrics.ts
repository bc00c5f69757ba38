import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { metricsText } from './process-metrics';

/** What a service counts about its own work, beside what every Node process can be asked. */
export interface Metrics {
  requestEnded(request: { method: string; route: string; status: number; seconds: number }): void;
  eventsPublished(count: number): void;
  messageEnded(queue: string, outcome: MessageOutcome): void;
  ordersRepaired(kind: RepairKind, count: number): void;
  /** Everything, in the text format of Prometheus (0.0.4). */
  text(): Promise<string>;
  readonly contentType: string;
}

/** `failed` messages come again, `dead_letter` ones do not. */
export type MessageOutcome = 'handled' | 'failed' | 'dead_letter';
export type RepairKind = 'created_resent' | 'cancel_resent' | 'caught_up';

/**
 * @param countUnpublished how many events wait to be sent; asked at each scrape. While that fails the gauge is NaN, and the rest is
 * answered all the same.
 */
export function createMetrics(service: string, countUnpublished: () => Promise<number>): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  const registers = [registry];
  const requests = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Requests by method, route and status.',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
    registers,
  });
  const published = new Counter({
    name: 'events_published_total',
    help: 'Events that a queue took.',
    registers,
  });
  const messages = new Counter({
    name: 'queue_messages_total',
    help: 'Received messages by queue and outcome.',
    labelNames: ['queue', 'outcome'],
    registers,
  });
  const repairs = new Counter({
    name: 'order_repairs_total',
    help: 'Orders that the reconciler repaired, by what was lost.',
    labelNames: ['kind'],
    registers,
  });
  new Gauge({
    name: 'events_unpublished',
    help: 'Events that wait to be sent.',
    registers,
    // All processes count the same rows.
    aggregator: 'max',
    async collect() {
      this.set(await countUnpublished().catch(() => Number.NaN));
    },
  });
  return {
    requestEnded: ({ method, route, status, seconds }) =>
      requests.observe({ method, route, status }, seconds),
    eventsPublished: (count) => published.inc(count),
    messageEnded: (queue, outcome) => messages.inc({ queue, outcome }),
    ordersRepaired: (kind, count) => repairs.inc({ kind }, count),
    text: metricsText(registry),
    contentType: registry.contentType,
  };
}
