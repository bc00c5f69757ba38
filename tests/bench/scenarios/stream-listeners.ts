import { existsSync, readFileSync } from 'node:fs';
import { loadFigures } from '../compared-load';
import { hasStreams, MANY_STREAMS, openSilentStreams } from '../event-streams';
import { runLoad, type LoadResult } from '../load';
import { type Figure, type Measurement } from '../measurement';
import { newOrderRequest, sendOnce } from '../order-requests';
import { type Scenario, type ScenarioContext } from '../scenario';
import { type System } from '../system';
import { pause } from '../timing';

export const LISTENERS = 500;
const IDLE_LISTENERS = 5_000;
const CONNECTIONS = 32;
const REST_SECONDS = 5;

/** New orders as in `create`, first without listeners, then beside 500 of them, each of which has the stream of an order of its own. */
export const createBesideListeners: Scenario = async (context) => {
  const system = await context.stack.start({ services: ['order-service'], variables: MANY_STREAMS });
  try {
    if (!(await hasStreams(system))) return [];
    const orders = await placeOrders(system, LISTENERS);
    const alone = await place(context, system);
    const close = await openSilentStreams(
      system,
      orders.map((orderId) => `/orders/${orderId}/events`),
    );
    const beside = await place(context, system);
    close();
    const shares = {
      'share of the rate without listeners': share(beside.perSecond / alone.perSecond, 'higher'),
      'p99 to that without listeners': share(beside.latency.p99 / alone.latency.p99, 'lower'),
    };
    context.say(
      `create: ${alone.perSecond.toFixed(0)} orders/s, beside listeners ${beside.perSecond.toFixed(0)}`,
    );
    const notes = [`${String(LISTENERS)} streams, each of an order of its own`];
    return [
      measurementOf('create without listeners', alone, {}, []),
      measurementOf('create beside listeners', beside, shares, notes),
    ];
  } finally {
    await system.stop();
  }
};

/** The memory of the Order Service before and after 5 000 streams are opened that receive nothing but comments. */
export const idleListeners: Scenario = async (context) => {
  const { stack, options, say } = context;
  const system = await stack.start({ services: ['order-service'], variables: MANY_STREAMS });
  try {
    if (!(await hasStreams(system)) || !existsSync('/proc')) return [];
    // Its heap must have grown before, so that only the growth by the listeners is measured.
    await place(context, system);
    await pause(REST_SECONDS);
    const before = residentBytes(system);
    const close = await openSilentStreams(system, Array<string>(IDLE_LISTENERS).fill('/orders/events'));
    await pause(2 * options.seconds);
    const after = residentBytes(system);
    close();
    const kilobytes = (after - before) / IDLE_LISTENERS / 1_000;
    say(`${String(IDLE_LISTENERS)} idle listeners: ${kilobytes.toFixed(1)} kB each`);
    return [
      {
        name: 'idle listeners',
        figures: {
          'memory of a listener': { value: kilobytes, unit: 'kB', better: 'lower' },
          'resident memory before': { value: before / 2 ** 20, unit: 'MB', better: null },
          'resident memory with listeners': { value: after / 2 ** 20, unit: 'MB', better: null },
        },
        processes: [],
        notes: [`${String(IDLE_LISTENERS)} streams of all orders of a shop, without orders`],
      },
    ];
  } finally {
    await system.stop();
  }
};

const place = ({ options }: ScenarioContext, system: System): Promise<LoadResult> =>
  runLoad({
    url: system.apiUrl,
    connections: CONNECTIONS,
    warmUpSeconds: options.warmUpSeconds,
    seconds: options.seconds,
    expectedStatus: 201,
    meter: system.meter(),
    next: () => newOrderRequest(system.tokens.shop),
  });

async function placeOrders({ apiUrl, tokens }: System, count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let number = 0; number < count; number += 1) {
    const text = await sendOnce(apiUrl, newOrderRequest(tokens.shop));
    ids.push((JSON.parse(text) as { order_id: string }).order_id);
  }
  return ids;
}

const share = (value: number, better: 'higher' | 'lower'): Figure => ({ value, unit: '', better });

function measurementOf(
  name: string,
  result: LoadResult,
  shares: Record<string, Figure>,
  notes: readonly string[],
): Measurement {
  const figures = { ...loadFigures('orders', result), ...shares };
  return { name, figures, processes: result.processes, notes };
}

/** The resident memory of the Order Service now. */
function residentBytes(system: System): number {
  const status = readFileSync(`/proc/${String(system.pidOf('order-service'))}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) * 1_024;
}
