import { type ScenarioContext } from '../scenario';
import { CREATE_ORDER_SCRIPTS } from './create-order-transaction';
import { type FloorResult } from './floor-result';
import { firstThatFits, type FloorScript } from './floor-script';
import { findPgbench, runPgbench } from './pgbench';
import { runPgDriver } from './pg-driver';

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

/** Executes the script that fits the database, and drops the database. */
async function measureScripts(
  { stack, options: { seconds } }: ScenarioContext,
  databaseUrl: string,
  scripts: readonly FloorScript[],
): Promise<FloorResult | null> {
  try {
    const script = await firstThatFits(databaseUrl, scripts);
    if (script === null) return null;
    await stack.checkpoint();
    const program = findPgbench(process.env['PATH'] ?? '');
    const options = { databaseUrl, folder: stack.folder, clients: CLIENTS, seconds };
    return program === null ? await runPgDriver(script, options) : await runPgbench(program, script, options);
  } finally {
    await stack.dropDatabase(DATABASE);
  }
}
