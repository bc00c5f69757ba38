import { waitUntil } from '../../../scripts/system/processes/wait-until';
import { countDelivered, countUndelivered, untilDelivered } from '../delivered';
import { measureDatabaseFloor } from '../floors/database-floor';
import { feedAtPace, feedInFlight } from '../order-feed';
import {
  besideFloor,
  cpuFigure,
  latencyFigures,
  percentilesOf,
  perSecond,
  type Figure,
  type Measurement,
} from '../measurement';
import { readJourneys } from '../journeys';
import { type ProcessUsage } from '../process-usage';
import { type Scenario, type ScenarioContext } from '../scenario';
import { pause, poll } from '../timing';

/** Maximum number of undelivered orders: enough to keep every queue and worker busy. */
const IN_FLIGHT = 1_000;
const PACE_PER_SECOND = 100;
/** Its code runs a hundred times a second, not a thousand, so V8 takes longer to compile the hot functions. */
const WARM_UP_FACTOR = 4;
const FILLED_WITHIN_MS = 60_000;
const ENDS_WITHIN_MS = 60_000;

/** Orders through both services until they are delivered, with a carrier without delay. */
export const pipeline: Scenario = async (context) => [await sustained(context), await atPace(context)];

async function sustained(context: ScenarioContext): Promise<Measurement> {
  const floor = await measureDatabaseFloor(context);
  const { rate, delivered, processes } = await measureSustained(context);
  const cpu = ['order service', 'delivery service', 'postgres'].map((name): [string, Figure] => [
    `CPU of ${name} for an order`,
    cpuFigure(processes, [name], delivered),
  ]);
  return {
    name: 'pipeline sustained',
    figures: {
      throughput: perSecond(rate, 'orders'),
      ...besideFloor(rate, floor.perSecond, 'orders'),
      ...Object.fromEntries(cpu),
    },
    processes,
    notes: [`at most ${String(IN_FLIGHT)} undelivered orders`, `floor: placing alone, ${floor.what}`],
  };
}

/** The sustained throughput of the pipeline: a new order for each delivered one. */
export async function measureSustained({
  stack,
  options: { seconds, warmUpSeconds },
  say,
}: ScenarioContext): Promise<{ rate: number; delivered: number; processes: ProcessUsage[] }> {
  const system = await stack.start({ services: ['order-service', 'delivery-service'] });
  try {
    const meter = system.meter();
    const feed = feedInFlight(system, IN_FLIGHT);
    const polling = poll(() => countUndelivered(system).then((count) => feed.setUndelivered(count)));
    await pause(warmUpSeconds * WARM_UP_FACTOR);
    // Until the orders that met an empty pipeline are delivered.
    await waitUntil(() => feed.delivered() > IN_FLIGHT, FILLED_WITHIN_MS);
    meter.start();
    const start = new Date();
    await pause(seconds);
    const end = new Date();
    const processes = meter.stop();
    await polling.stop();
    await feed.stop();
    const delivered = await countDelivered(system, start, end);
    const rate = delivered / ((end.getTime() - start.getTime()) / 1_000);
    say(`pipeline: ${rate.toFixed(0)} orders/s delivered`);
    return { rate, delivered, processes };
  } finally {
    await system.stop();
  }
}

/** A constant rate of orders, and the times until the shipment and SHIPPED are committed. */
async function atPace({
  stack,
  options: { seconds, warmUpSeconds },
  say,
}: ScenarioContext): Promise<Measurement> {
  const system = await stack.start({ services: ['order-service', 'delivery-service'] });
  try {
    const meter = system.meter();
    const warmUp = warmUpSeconds * WARM_UP_FACTOR;
    const feeding = feedAtPace(system, PACE_PER_SECOND, warmUp + seconds);
    await pause(warmUp);
    meter.start();
    const since = new Date();
    await feeding;
    const processes = meter.stop();
    await untilDelivered(system, ENDS_WITHIN_MS);
    const journeys = await readJourneys(system.databases, since);
    const shipped = percentilesOf(journeys.map(({ toShippedMs }) => toShippedMs));
    const accepted = percentilesOf(journeys.map(({ toShipmentMs }) => toShipmentMs));
    say(
      `pipeline at ${String(PACE_PER_SECOND)}/s: shipped after p50 ${shipped.p50.toFixed(0)} ms, p99 ${shipped.p99.toFixed(0)} ms`,
    );
    return {
      name: `pipeline at ${String(PACE_PER_SECOND)} orders/s`,
      figures: { ...latencyFigures(shipped), ...latencyFigures(accepted, 'shipment ') },
      processes,
      notes: [
        `from the commit of the order to the commit of SHIPPED, and of the shipment; ${String(journeys.length)} orders`,
      ],
    };
  } finally {
    await system.stop();
  }
}
