import { milliseconds, percentilesOf, type Figure } from '../measurement';
import { sendOnce } from '../order-requests';
import { type Scenario } from '../scenario';
import { seededOrders } from '../seeded-orders';
import { type System } from '../system';
import { rowsOf } from '../../support/rows';

const ORDERS = 1_000_000;
const REQUESTS = 20;
const SORTS = ['created_at', '-created_at', 'updated_at', '-updated_at', 'total_amount', '-total_amount'];
const DAY_MS = 86_400_000;

/** The first page of each filter and sort: values that few orders have, many, and only those that the sort has last. */
export const search: Scenario = async ({ stack, say }) => {
  const ordersTemplate = await seededOrders(stack, ORDERS, say);
  const system = await stack.start({ services: ['order-service'], ordersTemplate });
  try {
    const measurements = [];
    for (const [name, query] of filtersOf(await firstDay(system))) {
      const figures: Record<string, Figure> = {};
      for (const sort of SORTS) {
        const { p50, p95 } = await measure(system, `/orders?${query}&sort=${sort}`);
        figures[`${sort} p50`] = milliseconds(p50);
        figures[`${sort} p95`] = milliseconds(p95);
      }
      const texts = SORTS.map(
        (sort) => `${figures[`${sort} p50`]!.value.toFixed(0)}/${figures[`${sort} p95`]!.value.toFixed(0)}`,
      );
      say(`${name}: p50/p95 ${texts.join('  ')} ms`);
      measurements.push({ name: `search, ${name}`, figures, processes: [], notes: [] });
    }
    return measurements;
  } finally {
    await system.stop();
  }
};

async function measure({ apiUrl, tokens }: System, path: string) {
  const request = {
    method: 'GET',
    path,
    headers: { Authorization: `Bearer ${tokens.shop}` },
  } as const;
  const took: number[] = [];
  for (let count = 0; count <= REQUESTS; count += 1) {
    const start = performance.now();
    await sendOnce(apiUrl, request);
    // The first one finds its pages on the disk.
    if (count > 0) took.push(performance.now() - start);
  }
  return percentilesOf(took);
}

async function firstDay({ databases }: System): Promise<number> {
  const [row] = await rowsOf<{ first: Date }>(
    databases.orders,
    `SELECT min(created_at) AS first FROM orders WHERE client_id = 'bench-shop'`,
  );
  return row!.first.getTime();
}

/** The orders span 96 days; each was changed a day after it was made. */
function filtersOf(first: number): [name: string, query: string][] {
  const time = (days: number): string => new Date(first + days * DAY_MS).toISOString();
  const times = (column: string): [name: string, query: string][] => [
    [`${column}, an hour`, `${column}_from=${time(40)}&${column}_to=${time(40 + 1 / 24)}`],
    [`${column}, the first day`, `${column}_to=${time(column === 'updated' ? 2 : 1)}`],
    [`${column}, the last day`, `${column}_from=${time(column === 'updated' ? 95.3 : 94.3)}`],
    [`${column}, the last 48 days`, `${column}_from=${time(48)}`],
    [`${column}, the first 48 days`, `${column}_to=${time(48)}`],
  ];
  return [
    ['no filter', ''],
    ['status, rare', 'status=CANCELLED'],
    ['status, common', 'status=DELIVERED'],
    ['status, the oldest', 'status=RETURNED'],
    ['customer, rare', 'customer_id=customer-50000'],
    ['customer, common', 'customer_id=customer-common'],
    ['customer, the oldest', 'customer_id=customer-first'],
    ['customer, the dearest', 'customer_id=customer-dear'],
    ['product, rare', 'product_id=lamp-7a120'],
    ['product, common', 'product_id=bulb-common'],
    ['product, the oldest', 'product_id=bulb-first'],
    ['product, the dearest', 'product_id=bulb-dear'],
    ['product, of no order', 'product_id=unknown'],
    ...times('created'),
    ...times('updated'),
    ['customer and product, never together', 'customer_id=customer-common&product_id=bulb-first'],
    ['status and product, never together', 'status=DELIVERED&product_id=bulb-first'],
  ];
}
