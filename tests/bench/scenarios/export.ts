import { processFacts } from '../../../scripts/system/processes/process-facts';
import { perSecond, type Figure } from '../measurement';
import { type Scenario } from '../scenario';
import { seededOrders } from '../seeded-orders';
import { type System } from '../system';
import { pause, poll } from '../timing';
import { listRequest, loadPage } from './list';

const ORDERS = 1_000_000;
const SAMPLES_EACH_SECONDS = 0.1;
const SETTLES_SECONDS = 2;
const LINE_FEED = 10;

/** One export of a shop's million orders, and how much memory the Order Service takes meanwhile beyond that of its lists. */
export const exportOrders: Scenario = async (context) => {
  const { stack, say } = context;
  const ordersTemplate = await seededOrders(stack, ORDERS, say);
  const system = await stack.start({ services: ['order-service'], ordersTemplate });
  try {
    await loadPage(context, system, listRequest(system));
    await pause(SETTLES_SECONDS);
    const before = memoryOf(system);
    let most = before;
    const sampling = poll(() => {
      most = Math.max(most, memoryOf(system));
      return Promise.resolve();
    }, SAMPLES_EACH_SECONDS);
    const meter = system.meter();
    meter.start();
    const start = performance.now();
    const orders = await countExported(system);
    const seconds = (performance.now() - start) / 1_000;
    const processes = meter.stop();
    await sampling.stop();
    say(`export: ${String(orders)} orders in ${seconds.toFixed(0)} s, ${(most - before).toFixed(0)} MB more`);
    return [
      {
        name: `export of ${orders.toLocaleString('en')} orders`,
        figures: {
          throughput: perSecond(orders / seconds, 'orders'),
          'memory before': { ...megabytes(before), better: null },
          'memory increase': megabytes(most - before),
        },
        processes,
        notes: [
          `resident set of the Order Service every ${String(SAMPLES_EACH_SECONDS)} s, compared with that after lists`,
        ],
      },
    ];
  } finally {
    await system.stop();
  }
};

/** Reads the export to its end. @throws Error when it is refused or cut off */
async function countExported({ apiUrl, tokens }: System): Promise<number> {
  const response = await fetch(`${apiUrl}/orders/export`, {
    headers: { Authorization: `Bearer ${tokens.shop}` },
  });
  if (!response.ok || !response.body)
    throw new Error(`the export was answered with ${String(response.status)}`);
  let lines = 0;
  for await (const chunk of response.body) for (const byte of chunk) if (byte === LINE_FEED) lines += 1;
  return lines;
}

const megabytes = (value: number): Figure => ({ value, unit: 'MB', better: 'lower' });

const memoryOf = (system: System): number =>
  (processFacts(system.pidOf('order-service') ?? 0)?.memoryBytes ?? Number.NaN) / 2 ** 20;
