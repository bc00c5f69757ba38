import { type Percentiles } from '../measurement';
import { type Stack } from '../stack';
import { findPgbench, runPgbench } from './pgbench';
import { runPgDriver } from './pg-driver';

export interface FloorResult {
  /** What the load came from. */
  by: string;
  perSecond: number;
  latency: Percentiles;
}

const DATABASE = 'floor';
const CLIENTS = 32;

/** How many orders a second the database server alone takes, one by one, in tables like the service's. */
export async function measureDatabaseFloor(stack: Stack, seconds: number): Promise<FloorResult> {
  const databaseUrl = await stack.createOrdersDatabase(DATABASE);
  await stack.checkpoint();
  try {
    const program = findPgbench(process.env['PATH'] ?? '');
    const options = { databaseUrl, folder: stack.folder, clients: CLIENTS, seconds };
    return program === null ? await runPgDriver(options) : await runPgbench(program, options);
  } finally {
    await stack.dropDatabase(DATABASE);
  }
}
