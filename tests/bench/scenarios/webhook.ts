import { loadFigures } from '../compared-load';
import { untilDelivered } from '../delivered';
import { runLoad, type LoadResult } from '../load';
import { cpuFigure, latencyFigures, percentilesOf, type Figure, type Measurement } from '../measurement';
import { feedAtPace } from '../order-feed';
import { newOrderRequest } from '../order-requests';
import { type ProcessUsage } from '../process-usage';
import { type Scenario, type ScenarioContext } from '../scenario';
import { type System } from '../system';
import { pause } from '../timing';
import {
  type BenchReceiver,
  createEndpoint,
  hasWebhooks,
  type ReceiverPath,
  startReceiver,
} from '../webhook-endpoints';
import { type ServiceName } from '../../support/production-stack/instance';
import { commitOf } from '../../support/commit-times';
import { rowsOf } from '../../support/rows';
import { WARM_UP_FACTOR } from './pipeline-warm-up';

const ORDERS_PER_SECOND = 50;
const REQUESTS_PER_SECOND = 50;
/** Created, shipped, in transit, out for delivery, delivered. */
const EVENTS_PER_ORDER = 5;
const FEW_ORDERS_PER_SECOND = REQUESTS_PER_SECOND / EVENTS_PER_ORDER;
const CONNECTIONS = 32;
const ENDS_WITHIN_MS = 60_000;
const CAUGHT_UP_WITHIN_SECONDS = 300;
const LOOKS_EACH_SECONDS = 0.25;

/** The time from commits to requests, the cost of a delivery, and the effect of an endpoint on clients that place orders. */
export const webhook: Scenario = async (context) => {
  const few = await atPace(context, ['healthy'], FEW_ORDERS_PER_SECOND);
  const alone = await atPace(context, []);
  const one = await atPace(context, ['healthy']);
  const three = await atPace(context, ['hanging', 'failing', 'healthy']);
  const created = await create(context, []);
  const beside = await create(context, ['healthy']);
  return [
    ...(few ? [pacedMeasurement(`webhook at ${String(REQUESTS_PER_SECOND)} requests/s`, few, null)] : []),
    ...(one ? [pacedMeasurement('webhook at 50 orders/s', one, alone)] : []),
    ...(three ? [pacedMeasurement('webhook beside endpoints that hang and fail', three, null)] : []),
    ...(created && beside ? [createMeasurement(beside, created.load)] : []),
  ];
};

interface Paced {
  /** From the commits of status changes to the requests of the healthy endpoint, in milliseconds. */
  latencies: number[];
  missing: number;
  /** The number of events that the healthy endpoint got in the measured time. */
  arrived: number;
  processes: ProcessUsage[];
  ordersPerSecond: number;
}

/** Orders at a fixed pace. Null for a build without webhooks. */
function atPace(
  context: ScenarioContext,
  paths: readonly ReceiverPath[],
  ordersPerSecond = ORDERS_PER_SECOND,
): Promise<Paced | null> {
  const { seconds, warmUpSeconds } = context.options;
  return withEndpoints(context, ['order-service', 'delivery-service'], paths, async (system, receiver) => {
    const meter = system.meter();
    const warmUp = warmUpSeconds * WARM_UP_FACTOR;
    const feeding = feedAtPace(system, ordersPerSecond, warmUp + seconds);
    await pause(warmUp);
    meter.start();
    const since = new Date();
    const before = await receiver.count();
    await feeding;
    const processes = meter.stop();
    const arrived = (await receiver.count()) - before;
    await untilDelivered(system, ENDS_WITHIN_MS);
    if (paths.includes('healthy')) await untilCaughtUp(system, receiver);
    const arrivals = await readLatencies(system, since, receiver);
    const { p50, p95, p99 } = percentilesOf(arrivals.latencies);
    context.say(
      `webhooks to ${paths.join(', ') || 'no endpoint'}: p50 ${p50.toFixed(0)}, p95 ${p95.toFixed(0)}, p99 ${p99.toFixed(0)} ms`,
    );
    return { ...arrivals, arrived, processes, ordersPerSecond };
  });
}

function pacedMeasurement(name: string, measured: Paced, alone: Paced | null): Measurement {
  const { latencies, missing, arrived, processes, ordersPerSecond } = measured;
  return {
    name,
    figures: {
      ...latencyFigures(percentilesOf(latencies)),
      'missing events': { value: missing, unit: '', better: 'lower' },
      ...(alone && cpuFigures(measured, alone)),
    },
    processes,
    notes: [
      `${ordersPerSecond.toFixed(0)} orders/s; from the commit of a status to the request; ${String(latencies.length)} events`,
      ...(alone
        ? [
            `CPU of a delivery: the difference from the same load without an endpoint, by ${String(arrived)} events`,
          ]
        : []),
    ],
  };
}

/** The additional CPU time of each event that was sent. */
function cpuFigures({ processes, arrived }: Paced, alone: Paced): Record<string, Figure> {
  const of = (...names: string[]): Figure => {
    const [beside, without] = [processes, alone.processes].map((all) => cpuFigure(all, names, arrived).value);
    return { value: beside! - without!, unit: 'ms', better: 'lower' };
  };
  return {
    'CPU of a delivery': of('order service', 'postgres'),
    'CPU of order service for a delivery': of('order service'),
    'CPU of postgres for a delivery': of('postgres'),
  };
}

interface Created {
  load: LoadResult;
  /** How long the endpoint went on getting events after the load. */
  lagSeconds: number;
  events: number;
}

/** New orders as in `create`. Null for a build without webhooks. */
function create(context: ScenarioContext, paths: readonly ReceiverPath[]): Promise<Created | null> {
  const { seconds, warmUpSeconds } = context.options;
  return withEndpoints(context, ['order-service'], paths, async (system, receiver) => {
    const load = await runLoad({
      url: system.apiUrl,
      connections: CONNECTIONS,
      warmUpSeconds,
      seconds,
      expectedStatus: 201,
      meter: system.meter(),
      next: () => newOrderRequest(system.tokens.shop),
    });
    const end = performance.now();
    if (paths.length > 0) await untilCaughtUp(system, receiver);
    const lagSeconds = (performance.now() - end) / 1_000;
    context.say(
      `create with ${paths.length} endpoints: ${load.perSecond.toFixed(0)} orders/s, p99 ${load.latency.p99.toFixed(0)} ms`,
    );
    return { load, lagSeconds, events: await receiver.count() };
  });
}

function createMeasurement({ load, lagSeconds, events }: Created, alone: LoadResult): Measurement {
  const share = (value: number, better: Figure['better']): Figure => ({ value, unit: '', better });
  return {
    name: 'create beside a webhook',
    figures: {
      ...loadFigures('orders', load),
      'throughput to that without it': share(load.perSecond / alone.perSecond, 'higher'),
      'p99 to that without it': share(load.latency.p99 / alone.latency.p99, 'lower'),
      'lag after the load': { value: lagSeconds, unit: 's', better: 'lower' },
    },
    processes: load.processes,
    notes: [
      `${String(CONNECTIONS)} connections, one endpoint for all orders; ${String(events)} events were sent`,
    ],
  };
}

/** Runs services with endpoints for all events of the shop. */
async function withEndpoints<T>(
  { stack }: ScenarioContext,
  services: readonly ServiceName[],
  paths: readonly ReceiverPath[],
  measure: (system: System, receiver: BenchReceiver) => Promise<T>,
): Promise<T | null> {
  const receiver = await startReceiver(stack.folder);
  const system = await stack.start({ services, variables: receiver.variables });
  try {
    if (!(await hasWebhooks(system))) return null;
    for (const path of paths) await createEndpoint(system, receiver.urlOf(path));
    return await measure(system, receiver);
  } finally {
    await system.stop();
    receiver.stop();
  }
}

/** Waits until the healthy endpoint has got every event of the log. */
async function untilCaughtUp({ databases }: System, receiver: BenchReceiver): Promise<void> {
  const deadline = performance.now() + CAUGHT_UP_WITHIN_SECONDS * 1_000;
  for (;;) {
    const [row] = await rowsOf<{ count: number }>(
      databases.orders,
      'SELECT count(*)::int AS count FROM events',
    );
    const received = await receiver.count();
    if (received >= row!.count) return;
    if (performance.now() > deadline)
      throw new Error(`${String(received)} of ${String(row!.count)} events were received`);
    await pause(LOOKS_EACH_SECONDS);
  }
}

async function readLatencies(
  { databases }: System,
  since: Date,
  receiver: BenchReceiver,
): Promise<Pick<Paced, 'latencies' | 'missing'>> {
  const committed = await rowsOf<{ event_id: string; committed_ms: number }>(
    databases.orders,
    `SELECT e.event_id, ${commitOf('e')} AS committed_ms FROM events e
      WHERE e.type = 'ORDER_STATUS_CHANGED' AND e.occurred_at >= $1`,
    [since],
  );
  const arrivals = new Map(await receiver.arrivals());
  const latencies = committed.flatMap(({ event_id: id, committed_ms: from }) => {
    const at = arrivals.get(id);
    return at === undefined ? [] : [at - from];
  });
  return { latencies, missing: committed.length - latencies.length };
}
