import { LAST_ID } from '../../../shared/contracts/text';
import { type Queryable } from '../../../shared/postgres/queryable';

export type SweepName = 'orders' | 'shipments';

/** A page of a sweep that is due for comparison. */
export interface SweepPage {
  /** Ids from this one upwards were compared in this pass. */
  position: string;
  /** Whether the pass runs without pauses, because a database has lost changes. */
  isFast: boolean;
}

/** How long a page is leased to the instance that took it. */
const LEASE_SECONDS = 30;

/** The least time between the starts of two passes without pauses: a running pass finds the same differences. */
const MIN_FAST_INTERVAL_SECONDS = 600;

const START_FAST = `UPDATE reconciliation_sweeps
    SET position = '${LAST_ID}', is_fast = true, fast_since = now(), next_at = now()`;

/** Leases the next page of a sweep, so that no other instance takes it; null when none is due. */
export async function takeSweepPage(db: Queryable, name: SweepName): Promise<SweepPage | null> {
  const { rows } = await db.query<SweepPage & Record<string, unknown>>(
    `UPDATE reconciliation_sweeps SET next_at = now() + make_interval(secs => ${LEASE_SECONDS})
      WHERE name = $1 AND next_at <= now()
      RETURNING position, is_fast AS "isFast"`,
    [name],
  );
  return rows[0] ?? null;
}

/**
 * Records that a page was compared down to `position`; null: it was the last page, and the next pass starts from the top. If the sweep was
 * restarted meanwhile, the restart stays in force.
 */
export async function completeSweepPage(
  db: Queryable,
  name: SweepName,
  page: SweepPage,
  position: string | null,
  pauseSeconds: number,
): Promise<void> {
  await db.query(
    `UPDATE reconciliation_sweeps
        SET position = $3, is_fast = is_fast AND NOT $4,
            next_at = now() + CASE WHEN is_fast AND NOT $4 THEN interval '0' ELSE make_interval(secs => $5) END
      WHERE name = $1 AND position = $2`,
    [name, page.position, position ?? LAST_ID, position === null, pauseSeconds],
  );
}

/** Returns a page that could not be compared; it is due at once. */
export async function returnSweepPage(db: Queryable, name: SweepName): Promise<void> {
  await db.query('UPDATE reconciliation_sweeps SET next_at = now() WHERE name = $1', [name]);
}

/** Starts a pass of both sweeps without pauses between pages. Returns false when one was started recently. */
export async function startFastSweeps(db: Queryable): Promise<boolean> {
  const { rowCount } = await db.query(
    `${START_FAST} WHERE fast_since < now() - make_interval(secs => ${MIN_FAST_INTERVAL_SECONDS})`,
  );
  return rowCount !== 0;
}

/** Like {@link startFastSweeps}, also if a pass was started recently: a database has been restored. */
export async function restartFastSweeps(db: Queryable): Promise<void> {
  await db.query(START_FAST);
}
