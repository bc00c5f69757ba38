import { byKey, preparedByKey, type Transaction } from '../../../shared/postgres/queryable';
import { type Needs } from '../domain/allocate';

/** A reservation that the transaction has locked, with what it holds by product. */
export interface LockedReservation {
  reservationId: string;
  needs: Needs;
}

/** Active reservations of their owners, locked in the order of their ids; those whose time is over are left out. */
export async function lockActiveReservations(
  tx: Transaction,
  ids: readonly { owner: string; reservationId: string }[],
): Promise<LockedReservation[]> {
  const { rows } = await tx.query<LockedRow>(LOCK_ACTIVE, [
    ids.map(({ owner }) => owner),
    ids.map(({ reservationId }) => reservationId),
  ]);
  return rows.map(toLocked);
}

/** The same for those that no other transaction has locked, and the ids of the others. */
export async function lockFreeActiveReservations(
  tx: Transaction,
  ids: readonly { owner: string; reservationId: string }[],
): Promise<{ locked: LockedReservation[]; lockedElsewhere: string[] }> {
  const { rows } = await tx.query<LockedRow & { is_locked: boolean }>(LOCK_FREE_ACTIVE, [
    ids.map(({ owner }) => owner),
    ids.map(({ reservationId }) => reservationId),
  ]);
  return {
    locked: rows.filter((row) => row.is_locked).map(toLocked),
    lockedElsewhere: rows.flatMap((row) => (row.is_locked ? [] : [row.reservation_id])),
  };
}

/**
 * Some of the active reservations that have expired, as far as no other transaction has locked them, the first to expire first.
 *
 * @param except products; reservations that hold units of them are left out.
 */
export async function lockExpiredReservations(
  tx: Transaction,
  except: readonly string[],
  limit: number,
): Promise<LockedReservation[]> {
  const { rows } = await tx.query<LockedRow>(LOCK_EXPIRED, [limit, except]);
  return rows.map(toLocked);
}

const HELD = `(SELECT json_object_agg(i.product_id, i.quantity) FROM reservation_items i
  WHERE i.reservation_id = r.reservation_id AND i.is_stock_kept) AS held`;

const ACTIVE = `FROM unnest($1::text[], $2::uuid[]) AS k (owner, reservation_id)
          JOIN reservations r ON r.reservation_id = k.reservation_id AND r.owner = k.owner
    WHERE r.status = 'active' AND r.expires_at > clock_timestamp()`;

const LOCK_ACTIVE = preparedByKey(
  'lock-reservations',
  `SELECT r.reservation_id, ${HELD} ${ACTIVE} ORDER BY r.reservation_id FOR NO KEY UPDATE OF r`,
);

const LOCK_FREE_ACTIVE = byKey(
  `WITH locked AS MATERIALIZED (
     SELECT r.reservation_id, ${HELD} ${ACTIVE} ORDER BY r.reservation_id FOR NO KEY UPDATE OF r SKIP LOCKED)
   SELECT a.reservation_id, l.held, l.reservation_id IS NOT NULL AS is_locked
     FROM (SELECT r.reservation_id ${ACTIVE}) AS a LEFT JOIN locked l USING (reservation_id)`,
);

const LOCK_EXPIRED = byKey(
  `SELECT r.reservation_id, ${HELD}
     FROM reservations r
    WHERE r.status = 'active' AND r.expires_at <= now()
      AND NOT EXISTS (SELECT FROM reservation_items i
                       WHERE i.reservation_id = r.reservation_id AND i.is_stock_kept AND i.product_id = ANY ($2::uuid[]))
    ORDER BY r.expires_at LIMIT $1 FOR NO KEY UPDATE OF r SKIP LOCKED`,
);

interface LockedRow {
  reservation_id: string;
  held: Record<string, number> | null;
}

const toLocked = (row: LockedRow): LockedReservation => ({
  reservationId: row.reservation_id,
  needs: new Map(Object.entries(row.held ?? {})),
});
