import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { metricsText } from './process-metrics';

/** What a service counts about its own work, beside what every Node process can be asked. */
export interface Metrics {
  requestEnded(request: { method: string; route: string; status: number; seconds: number }): void;
  eventsPublished(count: number): void;
  eventsRefused(count: number): void;
  messageEnded(queue: string, outcome: MessageOutcome): void;
  ordersRepaired(kind: RepairKind, count: number): void;
  authenticationEnded(outcome: AuthenticationOutcome): void;
  /** Everything, in the text format of Prometheus (0.0.4). */
  text(): Promise<string>;
  readonly contentType: string;
  /** A gauge of rows by kind, counted at each scrape; while counting fails it is absent. */
  gaugeByKind(name: string, help: string, count: () => Promise<ReadonlyMap<string, number>>): void;
}

/** `failed` messages come again, `dead_letter` ones do not. */
export type MessageOutcome = 'handled' | 'failed' | 'dead_letter';
/** What became of an attempt to authenticate with a secret. */
export type AuthenticationOutcome =
  'accepted' | 'wrong_secret' | 'too_many_wrong_secrets' | 'overloaded' | 'caller_gone' | 'failed';
export type RepairKind =
  'created_resent' | 'cancel_resent' | 'caught_up' | 'shipment_restored' | 'renumbered' | 'shipment_released';

/** What waits in the event log; asked at each scrape. While that fails the gauge is NaN, and the rest is answered all the same. */
export interface OutboxCounts {
  /** Events that wait to be sent. */
  unpublished: () => Promise<number>;
  /** Those of them that a queue has refused. */
  refused: () => Promise<number>;
}

export function createMetrics(service: string, outbox: OutboxCounts): Metrics {
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
  const repairs = new Counter({
    name: 'order_repairs_total',
    help: 'Orders that the reconciler repaired, by what was lost.',
    labelNames: ['kind'],
    registers,
  });
  const authentications = new Counter({
    name: 'client_authentications_total',
    help: 'Attempts to authenticate with a client secret, by outcome.',
    labelNames: ['outcome'],
    registers,
  });
  addCount(registry, 'events_unpublished', 'Events that wait to be sent.', outbox.unpublished);
  addCount(
    registry,
    'events_refused',
    'Events that a queue has refused and that wait to be sent again.',
    outbox.refused,
  );
  return {
    requestEnded: ({ method, route, status, seconds }) =>
      requests.observe({ method, route, status }, seconds),
    eventsPublished: (count) => published.inc(count),
    eventsRefused: (count) => refused.inc(count),
    messageEnded: (queue, outcome) => messages.inc({ queue, outcome }),
    ordersRepaired: (kind, count) => repairs.inc({ kind }, count),
    authenticationEnded: (outcome) => authentications.inc({ outcome }),
    text: metricsText(registry),
    contentType: registry.contentType,
    gaugeByKind: (name, help, count) => gaugeByKind(registry, name, help, count),
  };
}

/** A gauge of rows in the database, which all processes of a service count alike. */
function addCount(registry: Registry, name: string, help: string, count: () => Promise<number>): void {
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
