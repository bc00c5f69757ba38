import { rowsOf } from '../../support/rows';
import { milliseconds, percentilesOf, type Figure, type Measurement } from '../measurement';
import { type Scenario } from '../scenario';
import { seededOrders } from '../seeded-orders';
import { type System } from '../system';

const ORDERS = 1_000_000;
const REQUESTS = 20;
const SORTS = ['created_at', '-created_at', 'updated_at', '-updated_at', 'total_amount', '-total_amount'];
const DAY_MS = 86_400_000;

/** The first page of each filter and sort: values of few orders, of many orders, and of only the last orders in the sort. */
export const search: Scenario = async ({ stack, say }) => {
  const ordersTemplate = await seededOrders(stack, ORDERS, say);
  const system = await stack.start({ services: ['order-service'], ordersTemplate });
  try {
    const measurements = [];
    for (const [name, query] of filtersOf(await firstDay(system))) {
      const measurement = await measure(system, name, query);
      say(`${measurement.name}: ${Object.values(measurement.figures).map(shown).join('  ')} ms`);
      measurements.push(measurement);
    }
    return measurements;
  } finally {
    await system.stop();
  }
};

/** p50 and p95 of each sort; a list refused as too broad is noted and counts with the time until its refusal. */
async function measure(system: System, name: string, query: string): Promise<Measurement> {
  const figures: Record<string, Figure> = {};
  const notes: string[] = [];
  for (const sort of SORTS) {
    const { took, refused } = await request(system, `/orders?${query}&sort=${sort}`);
    const { p50, p95 } = percentilesOf(took);
    figures[`${sort} p50`] = milliseconds(p50);
    figures[`${sort} p95`] = milliseconds(p95);
    if (refused > 0) notes.push(`sort=${sort}: ${String(refused)} of ${String(REQUESTS)} refused`);
  }
  return { name: `search, ${name}`, figures, processes: [], notes };
}

async function request(
  { apiUrl, tokens }: System,
  path: string,
): Promise<{ took: number[]; refused: number }> {
  const took: number[] = [];
  let refused = 0;
  // The first request reads its pages from disk.
  for (let count = 0; count <= REQUESTS; count += 1) {
    const start = performance.now();
    const response = await fetch(apiUrl + path, { headers: { Authorization: `Bearer ${tokens.shop}` } });
    const text = await response.text();
    if (response.status !== 200 && response.status !== 422)
      throw new Error(`${path} was answered with ${String(response.status)}: ${text}`);
    if (count === 0) continue;
    took.push(performance.now() - start);
    if (response.status === 422) refused += 1;
  }
  return { took, refused };
}

const shown = ({ value }: Figure): string => value.toFixed(0);

async function firstDay({ databases }: System): Promise<number> {
  const [row] = await rowsOf<{ first: Date }>(
    databases.orders,
    `SELECT min(created_at) AS first FROM orders WHERE client_id = 'bench-shop'`,
  );
  return row!.first.getTime();
}

/** The orders span 96 days; each was updated one day after its creation. */
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
