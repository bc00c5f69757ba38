import { countRows, rowsOf } from '../support/rows';
import { type System } from './system';
import { pause } from './timing';

/** The number of orders without a final status, counted from their partial index. */
export const countUndelivered = ({ databases }: System): Promise<number> =>
  countRows(databases.orders, 'orders', "status NOT IN ('DELIVERED', 'RETURNED', 'CANCELLED')");

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
  const start = performance.now();
  let said = start;
  for (;;) {
    const left = await countUndelivered(system);
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
