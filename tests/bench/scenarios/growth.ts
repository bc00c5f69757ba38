import { runLoad, type LoadResult } from '../load';
import { loadFigures } from '../compared-load';
import { cpuFigure, type Figure, type Measurement } from '../measurement';
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

/** Creating and listing with a growing number of orders: the cost of an operation should stay constant. */
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
    // Runs first, because the other load adds orders.
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
  const cpu = cpuOf(result);
  return {
    name,
    figures: {
      ...loadFigures(unit, result),
      'CPU of service and database': cpu,
      'CPU, to that among the fewest': lower(cpu.value / cpuOf(smallest).value),
      'time, to that among the fewest': lower(smallest.perSecond / result.perSecond),
    },
    processes: result.processes,
    notes: [],
  };
}

const cpuOf = ({ processes, count }: LoadResult): Figure =>
  cpuFigure(processes, ['order service', 'postgres'], count);

const lower = (value: number): Figure => ({ value, unit: '', better: 'lower' });
