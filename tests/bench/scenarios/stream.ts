import { untilDelivered } from '../delivered';
import {
  hasStreams,
  MANY_STREAMS,
  openShopStream,
  openSilentStreams,
  type ReceivedEvent,
} from '../event-streams';
import { readJourneys } from '../journeys';
import { latencyFigures, percentilesOf, perSecond, type Figure, type Measurement } from '../measurement';
import { feedAtPace } from '../order-feed';
import { type PhasedScenario, type ScenarioContext } from '../scenario';
import { type System } from '../system';
import { pause } from '../timing';
import { commitOf } from '../../support/commit-times';
import { rowsOf } from '../../support/rows';
import { measureSustained } from './pipeline';
import { WARM_UP_FACTOR } from './pipeline-warm-up';
import { createBesideListeners, idleListeners, LISTENERS } from './stream-listeners';

const PACE_SHARE = 1 / 4;
const ENDS_WITHIN_MS = 60_000;

/** How long the last events may take to arrive, in seconds. */
const LAST_EVENTS_SECONDS = 2;

/** Events that arrive in a stream while orders move, and the cost of listeners. A build without streams is only measured without listeners. */
export const stream: PhasedScenario = [
  async (context) => [await sustained(context)],
  atPace,
  async (context) => sustainedBesideListeners(context),
  createBesideListeners,
  idleListeners,
];

async function sustained(context: ScenarioContext): Promise<Measurement> {
  const { rate, processes } = await measureSustained(context);
  context.pipelineRates.push(rate);
  return {
    name: 'pipeline without listeners',
    figures: { throughput: perSecond(rate, 'orders') },
    processes,
    notes: [],
  };
}

async function sustainedBesideListeners(context: ScenarioContext): Promise<Measurement[]> {
  const alone = Math.min(...context.pipelineRates);
  let isPossible = false;
  const customers = Array.from(
    { length: LISTENERS },
    (_, n) => `/orders/events?customer_id=nobody-${String(n)}`,
  );
  const { rate, processes } = await measureSustained(context, {
    variables: MANY_STREAMS,
    async onStarted(system) {
      isPossible = await hasStreams(system);
      if (isPossible) await openSilentStreams(system, customers);
    },
  });
  const figures = {
    throughput: perSecond(rate, 'orders'),
    'share of the rate without listeners': { value: rate / alone, unit: '', better: 'higher' } as Figure,
  };
  const notes = [`${String(LISTENERS)} streams, each of a customer without orders`];
  return isPossible ? [{ name: 'pipeline beside listeners', figures, processes, notes }] : [];
}

/** A quarter of the sustained rate, as in `pipeline`, with one stream of all orders. */
async function atPace({
  stack,
  options: { seconds, warmUpSeconds },
  say,
  pipelineRates,
}: ScenarioContext): Promise<Measurement[]> {
  const pace = Math.min(...pipelineRates) * PACE_SHARE;
  const system = await stack.start({ services: ['order-service', 'delivery-service'] });
  try {
    if (!(await hasStreams(system))) return [];
    const shop = await openShopStream(system);
    const meter = system.meter();
    const warmUp = warmUpSeconds * WARM_UP_FACTOR;
    const feeding = feedAtPace(system, pace, warmUp + seconds);
    await pause(warmUp);
    meter.start();
    const since = new Date();
    await feeding;
    const processes = meter.stop();
    await untilDelivered(system, ENDS_WITHIN_MS);
    await pause(LAST_EVENTS_SECONDS);
    shop.close();
    const journeys = await readJourneys(system.databases, since);
    const shipped = percentilesOf(journeys.map(({ toShippedMs }) => toShippedMs));
    const events = await readLatencies(system, since, shop.received);
    const latency = percentilesOf(events.latencies);
    say(
      `stream at ${pace.toFixed(0)}/s: p50 ${latency.p50.toFixed(0)} ms, p99 ${latency.p99.toFixed(0)} ms; ` +
        `SHIPPED p50 ${shipped.p50.toFixed(0)} ms`,
    );
    return [
      {
        name: 'stream at a quarter',
        figures: {
          ...latencyFigures(latency),
          'p50 from the order to SHIPPED': { value: shipped.p50, unit: 'ms', better: 'lower' },
          'p99 to that p50': { value: latency.p99 / shipped.p50, unit: '', better: 'lower' },
          'missing or repeated events': { value: events.wrong, unit: '', better: 'lower' },
          pace: { ...perSecond(pace, 'orders'), better: null },
        },
        processes,
        notes: [
          `at ${pace.toFixed(0)} orders/s, a quarter of the lowest sustained rate of the run; one stream of all orders`,
          `from the commit of a status to the arrival of its event; ${String(events.latencies.length)} events`,
        ],
      },
    ];
  } finally {
    await system.stop();
  }
}

/** The times from the commits of status changes to the arrival of their events, in milliseconds. */
async function readLatencies(
  { databases }: System,
  since: Date,
  received: readonly ReceivedEvent[],
): Promise<{ latencies: number[]; wrong: number }> {
  const committed = await rowsOf<{ event_id: string; committed_ms: number }>(
    databases.orders,
    `SELECT e.event_id, ${commitOf('e')} AS committed_ms FROM events e
      WHERE e.type = 'ORDER_STATUS_CHANGED' AND e.occurred_at >= $1`,
    [since],
  );
  const arrivals = new Map(received.map(({ id, at }) => [id, at]));
  const found = committed.flatMap(({ event_id: id, committed_ms: from }) => {
    const at = arrivals.get(id);
    return at === undefined ? [] : [at - from];
  });
  return { latencies: found, wrong: committed.length - found.length + received.length - arrivals.size };
}
