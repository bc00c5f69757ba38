import { Client } from 'pg';
import { pageStatement } from '../../../src/order-service/orders/store/order-list-statements';
import { comparedLoad } from '../compared-load';
import { nullIfMisfit } from '../floors/floor-script';
import { runLoad, type LoadRequest, type LoadResult } from '../load';
import { type Measurement } from '../measurement';
import { sendOnce } from '../order-requests';
import { type Scenario, type ScenarioContext } from '../scenario';
import { seededOrders } from '../seeded-orders';
import { type System } from '../system';

const ORDERS = 1_000_000;
const PAGE = 500;
const SHOP = 'bench-shop';
const PAGE_SIZE = 20;

/** The first and a late page of a shop's many orders, one request at a time, so that queueing is not measured. */
export const list: Scenario = async (context) => {
  const { stack, say } = context;
  const ordersTemplate = await seededOrders(stack, ORDERS, say);
  const system = await stack.start({ services: ['order-service'], ordersTemplate });
  try {
    const perSecond = await nullIfMisfit(
      statementsPerSecond(system.databases.orders, context.options.seconds),
    );
    const what = 'its statement alone, from the pg driver, one at a time';
    const floor = perSecond === null ? null : { perSecond, what };
    const first = await loadPage(context, system, listRequest(system));
    const late = await loadPage(context, system, await pageRequest(system, PAGE));
    const measurements = [
      comparedLoad('list, first page', 'pages', first, floor),
      comparedLoad(`list, page ${String(PAGE)}`, 'pages', late, floor),
    ] as const;
    for (const { name, figures } of measurements) say(`${name}: p95 ${figures['p95']!.value.toFixed(1)} ms`);
    return [measurements[0], withRatioToFirst(measurements[1], late, first)];
  } finally {
    await system.stop();
  }
};

/** The load of one page by a client that waits for each answer. */
export function loadPage(
  { options: { seconds, warmUpSeconds } }: ScenarioContext,
  system: System,
  request: LoadRequest,
): Promise<LoadResult> {
  return runLoad({
    url: system.apiUrl,
    connections: 1,
    warmUpSeconds,
    seconds,
    expectedStatus: 200,
    meter: system.meter(),
    next: () => request,
  });
}

export const listRequest = ({ tokens }: System, cursor?: string): LoadRequest => ({
  method: 'GET',
  path: `/orders?limit=${String(PAGE_SIZE)}${cursor === undefined ? '' : `&cursor=${encodeURIComponent(cursor)}`}`,
  headers: { Authorization: `Bearer ${tokens.shop}` },
});

/** Follows next_cursor page by page. */
async function pageRequest(system: System, page: number): Promise<LoadRequest> {
  let request = listRequest(system);
  for (let current = 1; current < page; current += 1) {
    const text = await sendOnce(system.apiUrl, request);
    const { next_cursor: cursor } = JSON.parse(text) as { next_cursor: string };
    request = listRequest(system, cursor);
  }
  return request;
}

function withRatioToFirst(measurement: Measurement, late: LoadResult, first: LoadResult): Measurement {
  const figure = { value: late.latency.p95 / first.latency.p95, unit: '', better: 'lower' } as const;
  return { ...measurement, figures: { ...measurement.figures, 'p95 to that of the first page': figure } };
}

async function statementsPerSecond(databaseUrl: string, seconds: number): Promise<number> {
  const request = {
    filter: {},
    sort: { column: 'created_at', descending: true },
    after: null,
    limit: PAGE_SIZE + 1,
    clientId: SHOP,
  } as const;
  const statement = { name: 'list', ...pageStatement(request, null) };
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  const start = performance.now();
  let count = 0;
  try {
    for (; performance.now() - start < seconds * 1_000; count += 1) await client.query(statement);
    return (count / (performance.now() - start)) * 1_000;
  } finally {
    await client.end();
  }
}
