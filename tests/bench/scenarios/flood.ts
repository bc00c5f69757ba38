import { setTimeout as delay } from 'node:timers/promises';
import { latencyFigures, percentilesOf, type Measurement } from '../measurement';
import { newOrderRequest } from '../order-requests';
import { type Scenario } from '../scenario';
import { seededOrders } from '../seeded-orders';
import { type System } from '../system';

const ORDERS = 1_000_000;
const LISTS_AT_ONCE = 30;
/** A low rate, so that the machine is mostly idle and only waiting between clients is measured. */
const ORDERS_PER_SECOND = 20;

/** Filters that few orders match, filters whose orders are last in the sort, and filters that no order matches together. */
const LISTS = {
  rare: ['product_id=lamp-7a120', 'product_id=unknown', 'status=CANCELLED', 'customer_id=customer-50000'],
  broad: [
    'product_id=bulb-first&sort=-created_at',
    'product_id=bulb-dear&sort=total_amount',
    'product_id=bulb-first&status=DELIVERED',
    'customer_id=customer-common&product_id=bulb-first',
  ],
};

/** A client's orders at regular intervals, while another client is idle, and while it requests 30 lists of its million orders at once. */
export const flood: Scenario = async ({ stack, options, say }) => {
  const ordersTemplate = await seededOrders(stack, ORDERS, say);
  const system = await stack.start({ services: ['order-service'], ordersTemplate });
  try {
    await place(system, options.warmUpSeconds);
    const quiet = await place(system, options.seconds);
    const measurements = [measurementOf('create beside a quiet client', quiet)];
    for (const kind of ['rare', 'broad'] as const) {
      const lists = startLists(system, LISTS[kind]);
      const flooded = await place(system, options.seconds);
      const answers = await lists.stop();
      const ratio = flooded.latency.p99 / quiet.latency.p99;
      say(
        `${kind}: p99 ${quiet.latency.p99.toFixed(0)} ms quiet, ${flooded.latency.p99.toFixed(0)} ms flooded; ${textOf(answers)}`,
      );
      const { name, figures, notes } = measurementOf(`create beside 30 ${kind} lists at once`, flooded);
      measurements.push({
        name,
        figures: {
          ...figures,
          'p99 to that beside a quiet client': { value: ratio, unit: '', better: 'lower' },
        },
        processes: [],
        notes: [...notes, `lists were answered with ${textOf(answers)}`],
      });
    }
    return measurements;
  } finally {
    await system.stop();
  }
};

type Answers = Map<number, number>;

interface Placed {
  latency: ReturnType<typeof percentilesOf>;
  answers: Answers;
}

async function place({ apiUrl, tokens }: System, seconds: number): Promise<Placed> {
  const took: number[] = [];
  const answers: Answers = new Map();
  const open: Promise<void>[] = [];
  const start = performance.now();
  for (let number = 0; number < ORDERS_PER_SECOND * seconds; number += 1) {
    await delay(Math.max(0, start + (number / ORDERS_PER_SECOND) * 1_000 - performance.now()));
    open.push(
      timed(async () => {
        const { path, ...request } = newOrderRequest(tokens.other);
        count(answers, (await fetch(apiUrl + path, request)).status);
      }).then((ms) => void took.push(ms)),
    );
  }
  await Promise.all(open);
  return { latency: percentilesOf(took), answers };
}

/** Thirty requests at once, the next thirty one second later. */
function startLists({ apiUrl, tokens }: System, queries: readonly string[]): { stop(): Promise<Answers> } {
  const answers: Answers = new Map();
  const stopping = new AbortController();
  const ask = async (query: string): Promise<void> => {
    const response = await fetch(`${apiUrl}/orders?${query}`, {
      headers: { Authorization: `Bearer ${tokens.shop}` },
    });
    await response.text();
    count(answers, response.status);
  };
  const asking = (async () => {
    while (!stopping.signal.aborted) {
      const lists = Array.from({ length: LISTS_AT_ONCE }, (_, index) =>
        ask(queries[index % queries.length]!),
      );
      await Promise.all([...lists, delay(1_000)]);
    }
  })();
  return {
    async stop() {
      stopping.abort();
      await asking;
      return answers;
    },
  };
}

async function timed(work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

const count = (answers: Answers, status: number): void =>
  void answers.set(status, (answers.get(status) ?? 0) + 1);

const textOf = (answers: Answers): string =>
  [...answers].map(([status, times]) => `${String(status)} ×${String(times)}`).join(', ');

function measurementOf(name: string, { latency, answers }: Placed): Measurement {
  const all = [...answers.values()].reduce((sum, times) => sum + times, 0);
  const errors = all - (answers.get(201) ?? 0);
  return {
    name,
    figures: { ...latencyFigures(latency), errors: { value: errors, unit: '', better: 'lower' } },
    processes: [],
    notes: errors > 0 ? [`orders were answered with ${textOf(answers)}`] : [],
  };
}
