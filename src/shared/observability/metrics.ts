import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { metricsText } from './process-metrics';

/** The metrics of a service's own work, in addition to those of every Node process. */
export interface Metrics {
  requestEnded(request: { method: string; route: string; status: number; seconds: number }): void;
  eventsPublished(count: number): void;
  eventsRefused(count: number): void;
  messageEnded(queue: string, outcome: MessageOutcome): void;
  /** Creates a counter; returns a function that increases it, by 1 by default. */
  counter<L extends string>(
    name: string,
    help: string,
    labels: readonly L[],
  ): (labels: Record<L, string>, by?: number) => void;
  /** Adds a gauge of rows, counted at each scrape; NaN while counting fails. */
  gauge(name: string, help: string, count: () => Promise<number>): void;
  /** Adds a gauge of things that each process has, such as connections; the values of the processes are added up. */
  processGauge(name: string, help: string, count: () => number): void;
  /** Creates a histogram; returns a function that adds a value. */
  histogram(name: string, help: string, buckets: readonly number[]): (value: number) => void;
  /** All metrics, in the text format of Prometheus (0.0.4). */
  text(): Promise<string>;
  readonly contentType: string;
  /** Adds a gauge of rows by kind, counted at each scrape; absent while counting fails. */
  gaugeByKind(name: string, help: string, count: () => Promise<ReadonlyMap<string, number>>): void;
}

/** `failed` messages are delivered again, `dead_letter` ones are not. */
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
    help: 'Events that a queue has accepted.',
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
    processGauge: (name, help, count) => addProcessGauge(registry, name, help, count),
    histogram(name, help, buckets) {
      const histogram = new Histogram({ name, help, buckets: [...buckets], registers });
      return (value) => histogram.observe(value);
    },
    text: metricsText(registry),
    contentType: registry.contentType,
    gaugeByKind: (name, help, count) => gaugeByKind(registry, name, help, count),
  };
}

/** A gauge of rows in the database; all processes of a service count the same rows. */
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

function addProcessGauge(registry: Registry, name: string, help: string, count: () => number): void {
  new Gauge({
    name,
    help,
    registers: [registry],
    aggregator: 'sum',
    collect() {
      this.set(count());
    },
  });
}

/** The same by kind; absent while counting fails. */
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
