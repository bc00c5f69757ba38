import { runLoad, type LoadResult } from '../load';
import { latencyFigures, perSecond, type Figure, type Measurement } from '../measurement';
import { newOrderRequest } from '../order-requests';
import { type Scenario, type ScenarioContext } from '../scenario';
import { seededOrders } from '../seeded-orders';
import { listRequest, loadPage } from './list';

const SIZES = [10_000, 100_000, 1_000_000];
const CONNECTIONS = 32;

interface AtSize {
  size: number;
  create: LoadResult;
  list: LoadResult;
}

/** Creating and listing among more and more orders: what one costs should stay the same. */
export const growth: Scenario = async (context) => {
  const results: AtSize[] = [];
  for (const size of SIZES) results.push(await measureAt(context, size));
  const [smallest] = results;
  return results.flatMap(({ size, create, list }) => [
    measurementOf(`create among ${size.toLocaleString('en')} orders`, 'orders', create, smallest!.create),
    measurementOf(`list among ${size.toLocaleString('en')} orders`, 'pages', list, smallest!.list),
  ]);
};

async function measureAt(context: ScenarioContext, size: number): Promise<AtSize> {
  const { stack, options, say } = context;
  const ordersTemplate = await seededOrders(stack, size, say);
  const system = await stack.start({ services: ['order-service'], ordersTemplate });
  try {
    // First, as the other adds orders.
    const list = await loadPage(context, system, listRequest(system));
    const create = await runLoad({
      url: system.apiUrl,
      connections: CONNECTIONS,
      warmUpSeconds: options.warmUpSeconds,
      seconds: options.seconds,
      expectedStatus: 201,
      meter: system.meter(),
      next: () => newOrderRequest(system.tokens.shop),
    });
    say(
      `among ${String(size)}: ${create.perSecond.toFixed(0)} orders/s, a page in ${list.latency.p50.toFixed(1)} ms`,
    );
    return { size, create, list };
  } finally {
    await system.stop();
  }
}

function measurementOf(name: string, unit: string, result: LoadResult, smallest: LoadResult): Measurement {
  return {
    name,
    figures: {
      throughput: perSecond(result.perSecond, unit),
      ...latencyFigures(result.latency),
      errors: { value: result.errors, unit: '', better: 'lower' },
      'CPU of service and database': { value: cpuPerOperation(result), unit: 'ms', better: 'lower' },
      'CPU, to that among the fewest': lower(cpuPerOperation(result) / cpuPerOperation(smallest)),
      'time, to that among the fewest': lower(smallest.perSecond / result.perSecond),
    },
    processes: result.processes,
    notes: [],
  };
}

const lower = (value: number): Figure => ({ value, unit: '', better: 'lower' });

function cpuPerOperation({ processes, count }: LoadResult): number {
  const taken = processes.filter(({ name }) => name === 'order service' || name === 'postgres');
  return (taken.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0) * 1_000) / count;
}
