import { type ScenarioContext } from '../scenario';
import { CREATE_ORDER_SCRIPTS } from './create-order-transaction';
import { type FloorResult } from './floor-result';
import { firstThatFits, prepareFloor, type FloorScript } from './floor-script';
import { orderLifeScripts } from './order-life-scripts';
import { findPgbench, runPgbench } from './pgbench';
import { runPgDriver } from './pg-driver';
import {
  FLOOR_PRODUCTS,
  STOCK_ORDER_SCRIPTS,
  STOCK_ORDER_WITH_EVENTS_SCRIPTS,
} from './stock-order-transaction';

export interface DatabaseFloor {
  /** In orders. */
  perSecond: number;
  /** A description for the report. */
  what: string;
}

const DATABASE = 'floor';
const CLIENTS = 32;

/** The throughput of placing orders in the database server alone, one order per transaction. Null if no script fits the build's schema. */
export async function measureDatabaseFloor(context: ScenarioContext): Promise<DatabaseFloor | null> {
  const databaseUrl = await context.stack.createOrdersDatabase(DATABASE);
  const result = await measureScripts(context, databaseUrl, CREATE_ORDER_SCRIPTS);
  if (result === null) return null;
  const { by, perSecond, latency } = result;
  context.say(`the database alone: ${perSecond.toFixed(0)} orders/s, by ${by}`);
  const what = `${by}, ${String(CLIENTS)} clients, the same rows one order a transaction, p50 ${latency.p50.toFixed(1)} ms, p99 ${latency.p99.toFixed(1)} ms`;
  return { perSecond, what };
}

export interface StockFloor extends DatabaseFloor {
  /** The throughput with the events of the stock, in orders per second. */
  withEventsPerSecond: number;
}

/** The throughput of placing orders of two stock-kept products each, as {@link measureDatabaseFloor}, without and with the events of the stock. */
export async function measureStockFloor(context: ScenarioContext): Promise<StockFloor | null> {
  const { stack, say } = context;
  const bareUrl = await stack.createOrdersDatabase(DATABASE);
  const bare = await measureScripts(context, bareUrl, STOCK_ORDER_SCRIPTS);
  if (bare === null) return null;
  const completeUrl = await stack.createOrdersDatabase(DATABASE);
  const complete = await measureScripts(context, completeUrl, STOCK_ORDER_WITH_EVENTS_SCRIPTS);
  if (complete === null) return null;
  const { by, perSecond, latency } = bare;
  say(
    `the database alone, with stock: ${perSecond.toFixed(0)} orders/s, ${complete.perSecond.toFixed(0)} with its events, by ${by}`,
  );
  const what =
    `${by}, ${String(CLIENTS)} clients, the order and, for two of ${String(FLOOR_PRODUCTS)} products, the stock and its ledger, one order a ` +
    `transaction, p50 ${latency.p50.toFixed(1)} ms, p99 ${latency.p99.toFixed(1)} ms`;
  return { perSecond, what, withEventsPerSecond: complete.perSecond };
}

/**
 * The throughput of the database server alone when it executes every transaction of an order's life one by one: first those in the database
 * of the Order Service, then those in that of the Delivery Service. Null if the scripts do not fit the build's schemas.
 */
export async function measureOrderLifeFloor(context: ScenarioContext): Promise<DatabaseFloor | null> {
  const scripts = await orderLifeScripts();
  const { stack, say } = context;
  const ordersUrl = await stack.createOrdersDatabase(DATABASE);
  const orders = await measureScripts(context, ordersUrl, scripts.orders);
  const deliveriesUrl = await stack.createDeliveriesDatabase(DATABASE);
  const deliveries = await measureScripts(context, deliveriesUrl, scripts.deliveries);
  if (orders === null || deliveries === null) return null;
  const perSecond = inTurn(orders.perSecond, deliveries.perSecond);
  say(`the databases alone, the whole way: ${perSecond.toFixed(0)} orders/s, by ${orders.by}`);
  const what =
    `${orders.by}, ${String(CLIENTS)} clients, every transaction of an order one by one, ${orders.perSecond.toFixed(0)} orders/s in the ` +
    `database of the Order Service, then ${deliveries.perSecond.toFixed(0)} in that of the Delivery Service`;
  return { perSecond, what };
}

/** The rate of one work after another. */
export const inTurn = (first: number, second: number): number => 1 / (1 / first + 1 / second);

/** Executes the script that fits the database, and drops the database. */
async function measureScripts(
  { stack, options: { seconds } }: ScenarioContext,
  databaseUrl: string,
  scripts: readonly FloorScript[],
): Promise<FloorResult | null> {
  try {
    const script = await firstThatFits(databaseUrl, scripts);
    if (script === null) return null;
    await prepareFloor(databaseUrl, script);
    await stack.checkpoint();
    const program = findPgbench(process.env['PATH'] ?? '');
    const options = { databaseUrl, folder: stack.folder, clients: CLIENTS, seconds };
    return program === null ? await runPgDriver(script, options) : await runPgbench(program, script, options);
  } finally {
    await stack.dropDatabase(DATABASE);
  }
}
