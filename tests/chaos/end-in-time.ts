import { commitOf } from '../support/commit-times';
import { type Breach } from './history';
import { type Databases } from './databases';
import { ENDS } from './invariants';
import { type ChaosOptions } from './options';
import { type PastFault } from './schedule';

/**
 * How long an order may take to its end once nothing is broken any more, in milliseconds. A minute for the lease of a dead consumer
 * (30 s), the carrier's steps with a second attempt, and a backlog; and time for two repeats of a lost message, which come after once
 * and after twice RECONCILE_AFTER_SECONDS, each behind a comparison that is as far away at most.
 */
export const boundOf = ({ reconcileAfterSeconds }: ChaosOptions): number =>
  60_000 + 6 * 1_000 * reconcileAfterSeconds;

/** Orders that came to their end, but too late after the last fault was healed and they were placed; by the clock of PostgreSQL. */
export async function lateEnds(
  { orders }: Databases,
  faults: readonly PastFault[],
  boundMs: number,
): Promise<Breach[]> {
  const healed = Math.max(0, ...faults.map(({ endedAt }) => endedAt.getTime()));
  // An order's row also changes when it is compared; the last event of its log is that of its end, and stays as it was written.
  const { rows } = await orders.query<{ customer_id: string; late_ms: number }>(
    `SELECT * FROM (
       SELECT o.customer_id, ${commitOf('last')} - greatest($1, ${commitOf('s')}) AS late_ms
         FROM orders o
         JOIN idempotency_records s ON s.order_id = o.order_id
         JOIN events last ON last.subject_id = o.order_id AND last.version = o.version
        WHERE o.status = ANY ($2)) AS ended
      WHERE late_ms > $3`,
    [healed, ENDS, boundMs],
  );
  return rows.map(({ customer_id: key, late_ms: ms }) => ({
    invariant: 'I4 every order ends within the bound',
    what: `its end came ${(ms / 1_000).toFixed(1)} s after all was well, not within ${String(boundMs / 1_000)} s`,
    key,
  }));
}
