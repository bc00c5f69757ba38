import { LAST_ID } from '../../../shared/contracts/text';
import { type Queryable } from '../../../shared/postgres/queryable';

export type SweepName = 'orders' | 'shipments';

/** A page of a sweep that is to be compared now. */
export interface SweepPage {
  /** Ids from this one on were compared in this pass. */
  position: string;
}

/** For how long a page is left to the instance that took it. */
const LEASE_SECONDS = 30;

/** A pass without rests is not begun again sooner than this: one that is going on finds what there is. */
const FAST_AGAIN_SECONDS = 600;

/** Takes the next page of a sweep, so that no other instance does; null when none is due. */
export async function takeSweepPage(db: Queryable, name: SweepName): Promise<SweepPage | null> {
  const { rows } = await db.query<SweepPage & Record<string, unknown>>(
    `UPDATE reconciliation_sweeps SET next_at = now() + make_interval(secs => ${LEASE_SECONDS})
      WHERE name = $1 AND next_at <= now()
      RETURNING position`,
    [name],
  );
  return rows[0] ?? null;
}

/**
 * Notes that a page was compared down to `position`; null: it was the last one, and the next pass begins anew. What was begun anew
 * meanwhile stays so.
 */
export async function endSweepPage(
  db: Queryable,
  name: SweepName,
  page: SweepPage,
  position: string | null,
  restSeconds: number,
): Promise<void> {
  await db.query(
    `UPDATE reconciliation_sweeps
        SET position = $3, is_fast = is_fast AND NOT $4,
            next_at = now() + CASE WHEN is_fast AND NOT $4 THEN interval '0' ELSE make_interval(secs => $5) END
      WHERE name = $1 AND position = $2`,
    [name, page.position, position ?? LAST_ID, position === null, restSeconds],
  );
}

/** Gives back a page that could not be compared. */
export async function returnSweepPage(db: Queryable, name: SweepName): Promise<void> {
  await db.query('UPDATE reconciliation_sweeps SET next_at = now() WHERE name = $1', [name]);
}

/** Begins a pass of both sweeps that rests between no pages. Returns false when one was begun not long ago. */
export async function beginFastSweeps(db: Queryable): Promise<boolean> {
  const { rowCount } = await db.query(
    `${BEGIN_FAST} WHERE fast_since < now() - make_interval(secs => ${FAST_AGAIN_SECONDS})`,
  );
  return rowCount !== 0;
}

/** Like {@link beginFastSweeps}, whatever was before: a database has been restored. */
export async function beginFastSweepsAnew(db: Queryable): Promise<void> {
  await db.query(BEGIN_FAST);
}

const BEGIN_FAST = `UPDATE reconciliation_sweeps
    SET position = '${LAST_ID}', is_fast = true, fast_since = now(), next_at = now()`;
