import { comparedLoad } from '../compared-load';
import { runLoad, type LoadRequest, type LoadResult } from '../load';
import { type Measurement } from '../measurement';
import { type ScenarioContext } from '../scenario';
import { type System } from '../system';

interface Part {
  name: string;
  expectedStatus: number;
  /** The requests that are sent in rotation. */
  prepare: (system: System) => Promise<LoadRequest[]>;
}

const CONNECTIONS = 32;

/**
 * A load on the Order Service, compared with the same requests to a handler of the same process that answers a constant.
 */
export async function besideConstant(
  { stack, options: { seconds, warmUpSeconds }, say }: ScenarioContext,
  { name, expectedStatus, prepare }: Part,
): Promise<Measurement[]> {
  const system = await stack.start({ services: ['order-service'], withFloor: true });
  const load = (requests: readonly LoadRequest[]): Promise<LoadResult> =>
    runLoad({
      url: system.apiUrl,
      connections: CONNECTIONS,
      warmUpSeconds,
      seconds,
      expectedStatus,
      meter: system.meter(),
      next: inTurn(requests),
    });
  try {
    const requests = await prepare(system);
    const floor = await load(requests.map((request) => ({ ...request, path: '/floor' })));
    say(`a constant, instead of ${name}: ${floor.perSecond.toFixed(0)} requests/s`);
    const result = await load(requests);
    say(`${name}: ${result.perSecond.toFixed(0)} requests/s`);
    const { p50, p99 } = floor.latency;
    const what = `a constant from the same process, p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`;
    return [comparedLoad(name, 'requests', result, { perSecond: floor.perSecond, what })];
  } finally {
    await system.stop();
  }
}

function inTurn<T>(values: readonly T[]): () => T {
  let index = 0;
  return () => values[index++ % values.length]!;
}
