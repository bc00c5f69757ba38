import { untilDelivered } from '../delivered';
import { readJourneys } from '../journeys';
import { latencyFigures, percentilesOf, perSecond, type Measurement } from '../measurement';
import { feedAtPace } from '../order-feed';
import { type ScenarioContext } from '../scenario';
import { pause } from '../timing';
import { WARM_UP_FACTOR } from './pipeline-warm-up';

/** The pace as a share of the sustained rate. Near that rate, latencies would measure how long orders wait for a busy processor. */
const PACE_SHARE = 1 / 4;
const ENDS_WITHIN_MS = 60_000;

/**
 * Orders at regular intervals, at a quarter of the lowest sustained rate of the run, so that every build has the same pace; the times until
 * the shipment and SHIPPED are committed.
 */
export async function atPace({
  stack,
  options: { seconds, warmUpSeconds },
  say,
  pipelineRates,
}: ScenarioContext): Promise<Measurement> {
  const pace = Math.min(...pipelineRates) * PACE_SHARE;
  const system = await stack.start({ services: ['order-service', 'delivery-service'] });
  try {
    const meter = system.meter();
    const warmUp = warmUpSeconds * WARM_UP_FACTOR;
    const feeding = feedAtPace(system, pace, warmUp + seconds);
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
      `pipeline at ${pace.toFixed(0)}/s: shipped after p50 ${shipped.p50.toFixed(0)} ms, p99 ${shipped.p99.toFixed(0)} ms`,
    );
    return {
      name: 'pipeline at a quarter',
      figures: {
        ...latencyFigures(shipped),
        ...latencyFigures(accepted, 'shipment '),
        pace: { ...perSecond(pace, 'orders'), better: null },
      },
      processes,
      notes: [
        `at ${pace.toFixed(0)} orders/s, a quarter of the lowest sustained rate of the run`,
        `from the commit of the order to the commit of SHIPPED, and of the shipment; ${String(journeys.length)} orders`,
      ],
    };
  } finally {
    await system.stop();
  }
}
