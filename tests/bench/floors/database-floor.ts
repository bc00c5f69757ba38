import { type ScenarioContext } from '../scenario';
import { findPgbench, runPgbench } from './pgbench';
import { type FloorResult } from './floor-result';
import { runPgDriver } from './pg-driver';

export interface DatabaseFloor extends FloorResult {
  /** A description for the report. */
  what: string;
}

const DATABASE = 'floor';
const CLIENTS = 32;

/** The throughput of the database server alone, in orders per second, with one order per transaction. */
export async function measureDatabaseFloor({
  stack,
  options: { seconds },
  say,
}: ScenarioContext): Promise<DatabaseFloor> {
  const databaseUrl = await stack.createOrdersDatabase(DATABASE);
  await stack.checkpoint();
  try {
    const program = findPgbench(process.env['PATH'] ?? '');
    const options = { databaseUrl, folder: stack.folder, clients: CLIENTS, seconds };
    const result = program === null ? await runPgDriver(options) : await runPgbench(program, options);
    const { by, perSecond, latency } = result;
    say(`the database alone: ${perSecond.toFixed(0)} orders/s, by ${by}`);
    const what = `${by}, ${String(CLIENTS)} clients, the same rows one order a transaction, p50 ${latency.p50.toFixed(1)} ms, p99 ${latency.p99.toFixed(1)} ms`;
    return { ...result, what };
  } finally {
    await stack.dropDatabase(DATABASE);
  }
}
