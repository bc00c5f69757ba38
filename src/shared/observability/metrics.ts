import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { metricsText } from './process-metrics';

/** What a service counts about its own work, beside what every Node process can be asked. */
export interface Metrics {
  requestEnded(request: { method: string; route: string; status: number; seconds: number }): void;
  eventsPublished(count: number): void;
  eventsRefused(count: number): void;
  messageEnded(queue: string, outcome: MessageOutcome): void;
  /** Makes a counter of its own; returns how it is increased, by 1 unless said otherwise. */
  counter<L extends string>(
    name: string,
    help: string,
    labels: readonly L[],
  ): (labels: Record<L, string>, by?: number) => void;
  /** A gauge of rows, counted at each scrape; NaN while counting fails. */
  gauge(name: string, help: string, count: () => Promise<number>): void;
  /** Everything, in the text format of Prometheus (0.0.4). */
  text(): Promise<string>;
  readonly contentType: string;
  /** A gauge of rows by kind, counted at each scrape; while counting fails it is absent. */
  gaugeByKind(name: string, help: string, count: () => Promise<ReadonlyMap<string, number>>): void;
}

/** `failed` messages come again, `dead_letter` ones do not. */
export type MessageOutcome = 'handled' | 'failed' | 'dead_letter';
export function createMetrics(service: string): Metrics {
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
  const refused = new Counter({
    name: 'events_refused_total',
    help: 'Refusals of events by a queue; an event that is refused again counts again.',
    registers,
  });
  const messages = new Counter({
    name: 'queue_messages_total',
    help: 'Received messages by queue and outcome.',
    labelNames: ['queue', 'outcome'],
    registers,
  });
  return {
    requestEnded: ({ method, route, status, seconds }) =>
      requests.observe({ method, route, status }, seconds),
    eventsPublished: (count) => published.inc(count),
    eventsRefused: (count) => refused.inc(count),
    messageEnded: (queue, outcome) => messages.inc({ queue, outcome }),
    counter(name, help, labels) {
      const counter = new Counter({ name, help, labelNames: labels, registers });
      return (values, by = 1) => counter.inc(values, by);
    },
    gauge: (name, help, count) => addGauge(registry, name, help, count),
    text: metricsText(registry),
    contentType: registry.contentType,
    gaugeByKind: (name, help, count) => gaugeByKind(registry, name, help, count),
  };
}

/** A gauge of rows in the database, which all processes of a service count alike. */
function addGauge(registry: Registry, name: string, help: string, count: () => Promise<number>): void {
  new Gauge({
    name,
    help,
    registers: [registry],
    aggregator: 'max',
    async collect() {
      this.set(await count().catch(() => Number.NaN));
    },
  });
}

/** The same by kind; while counting fails it is absent. */
function gaugeByKind(
  registry: Registry,
  name: string,
  help: string,
  count: () => Promise<ReadonlyMap<string, number>>,
): void {
  new Gauge({
    name,
    help,
    labelNames: ['kind'],
    registers: [registry],
    aggregator: 'max',
    async collect() {
      const counts = await count().catch(() => new Map<string, number>());
      this.reset();
      for (const [kind, value] of counts) this.set({ kind }, value);
    },
  });
}
