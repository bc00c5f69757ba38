import { waitUntil } from '../../../scripts/system/processes/wait-until';
import { NO_FLOOR } from '../compared-load';
import { countDelivered, openUndeliveredCount } from '../delivered';
import { measureDatabaseFloor, measureOrderLifeFloor } from '../floors/database-floor';
import { besideFloor, perSecond, ratio, type Figure, type Measurement } from '../measurement';
import { feedInFlight } from '../order-feed';
import { memoryFigures, usageFigures } from '../process-figures';
import { type ProcessUsage } from '../process-usage';
import { type PhasedScenario, type ScenarioContext } from '../scenario';
import { type System } from '../system';
import { pause, poll } from '../timing';
import { atPace } from './pipeline-at-pace';
import { WARM_UP_FACTOR } from './pipeline-warm-up';

/** Maximum number of undelivered orders: enough to keep every queue and worker busy. */
const IN_FLIGHT = 1_000;
/** The count reads all orders, unless the build has an index for it. */
const COUNTS_EACH_SECONDS = 0.25;
const FILLED_WITHIN_MS = 60_000;

/** Orders through both services until they are delivered, with a carrier without delay. */
export const pipeline: PhasedScenario = [
  async (context) => [await sustained(context)],
  async (context) => [await atPace(context)],
];

async function sustained(context: ScenarioContext): Promise<Measurement> {
  const floor = await measureDatabaseFloor(context);
  const wholeWay = await measureOrderLifeFloor(context);
  const { rate, delivered, processes } = await measureSustained(context);
  context.pipelineRates.push(rate);
  return {
    name: 'pipeline sustained',
    figures: {
      throughput: perSecond(rate, 'orders'),
      ...(floor && besideFloor(rate, floor.perSecond, 'orders')),
      ...(wholeWay && besideWholeWay(rate, wholeWay.perSecond)),
      ...usageFigures(processes, delivered),
      ...memoryFigures(processes),
    },
    processes,
    notes: [
      `at most ${String(IN_FLIGHT)} undelivered orders`,
      floor ? `floor: placing alone, ${floor.what}` : NO_FLOOR,
      ...(wholeWay ? [`floor of the whole way: ${wholeWay.what}`] : []),
    ],
  };
}

const besideWholeWay = (rate: number, floor: number): Record<string, Figure> => ({
  'floor of the whole way': { ...perSecond(floor, 'orders'), better: null },
  'share of the whole way': ratio(rate / floor),
});

export interface Sustained {
  /** In orders per second. */
  rate: number;
  delivered: number;
  seconds: number;
  /** The usage in that time. */
  processes: ProcessUsage[];
  /** Number of orders that a busy service answered with 503 and that were repeated. */
  busy: number;
}

export interface SustainedOptions {
  /** Processes of each service. */
  instances?: number;
  /** Whether orders that a busy service answers with 503 are repeated. */
  repeatsBusy?: boolean;
  variables?: Readonly<Record<string, string>>;
  onStarted?: (system: System) => Promise<void> | void;
}

/** The sustained throughput of the pipeline: a new order for each delivered one. */
export async function measureSustained(
  { stack, options, say }: ScenarioContext,
  { instances = 1, repeatsBusy = false, variables = {}, onStarted }: SustainedOptions = {},
): Promise<Sustained> {
  const services = ['order-service', 'delivery-service'] as const;
  const system = await stack.start({ services, instances, variables });
  try {
    await onStarted?.(system);
    const meter = system.meter();
    const feed = feedInFlight(system, IN_FLIGHT, repeatsBusy);
    const undelivered = await openUndeliveredCount(system);
    const polling = poll(async () => feed.setUndelivered(await undelivered.read()), COUNTS_EACH_SECONDS);
    await pause(options.warmUpSeconds * WARM_UP_FACTOR);
    // Until the orders that met an empty pipeline are delivered.
    await waitUntil(() => feed.delivered() > IN_FLIGHT, FILLED_WITHIN_MS);
    meter.start();
    const start = new Date();
    await pause(options.seconds);
    const end = new Date();
    const processes = meter.stop();
    await polling.stop();
    await undelivered.end();
    await feed.stop();
    const delivered = await countDelivered(system, start, end);
    const seconds = (end.getTime() - start.getTime()) / 1_000;
    const rate = delivered / seconds;
    say(`pipeline: ${rate.toFixed(0)} orders/s delivered`);
    return { rate, delivered, seconds, processes, busy: feed.busy() };
  } finally {
    await system.stop();
  }
}
