import { Client } from 'pg';
import { rowsOf } from '../support/rows';
import { type System } from './system';
import { pause } from './timing';

/** The number of orders without a final status. */
export interface UndeliveredCount {
  read(): Promise<number>;
  end(): Promise<void>;
}

/** Counts on one connection: a new connection for each count would cost PostgreSQL more than the count itself. */
export async function openUndeliveredCount({ databases }: System): Promise<UndeliveredCount> {
  const client = new Client(databases.orders);
  await client.connect();
  return {
    async read() {
      const { rows } = await client.query<{ count: number }>(
        "SELECT count(*)::int AS count FROM orders WHERE status NOT IN ('DELIVERED', 'RETURNED', 'CANCELLED')",
      );
      return rows[0]!.count;
    },
    end: () => client.end(),
  };
}

/** The number of orders delivered between these times. */
export async function countDelivered({ databases }: System, start: Date, end: Date): Promise<number> {
  const sql = `SELECT count(*)::int AS count FROM orders WHERE status = 'DELIVERED' AND updated_at BETWEEN $1 AND $2`;
  const [row] = await rowsOf<{ count: number }>(databases.orders, sql, [start, end]);
  return row!.count;
}

const LOOKS_EACH_SECONDS = 0.1;
const SAYS_EACH_MS = 10_000;

/**
 * Waits until every order has a final status; `report` periodically receives the number of the others.
 *
 * @throws Error on timeout.
 */
export async function untilDelivered(
  system: System,
  withinMs: number,
  report: (left: number) => void = () => undefined,
): Promise<void> {
  const undelivered = await openUndeliveredCount(system);
  try {
    await untilNone(undelivered, withinMs, report);
  } finally {
    await undelivered.end();
  }
}

async function untilNone(
  undelivered: UndeliveredCount,
  withinMs: number,
  report: (left: number) => void,
): Promise<void> {
  const start = performance.now();
  let said = start;
  for (;;) {
    const left = await undelivered.read();
    if (left === 0) return;
    const now = performance.now();
    if (now - start > withinMs) throw new Error(`${String(left)} orders were not delivered in time`);
    if (now - said > SAYS_EACH_MS) {
      said = now;
      report(left);
    }
    await pause(LOOKS_EACH_SECONDS);
  }
}
