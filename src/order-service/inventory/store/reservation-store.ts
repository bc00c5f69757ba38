import { byKey, prepared, type Queryable, type Transaction } from '../../../shared/postgres/queryable';
import { type Reservation, type ReservationStatus } from '../domain/reservation';

const COLUMNS = `r.reservation_id, r.owner, r.status, r.expires_at, r.order_id, r.version, r.created_at, r.updated_at,
  (SELECT json_agg(json_build_array(i.product_id, p.sku, i.quantity, i.is_stock_kept) ORDER BY i.product_id)
     FROM reservation_items i JOIN products p USING (product_id) WHERE i.reservation_id = r.reservation_id) AS items`;

const OF_OWNER = 'r.reservation_id = $1 AND ($2::text IS NULL OR r.owner = $2)';

/** @param owner null: of any owner. */
export async function findReservation(
  db: Queryable,
  reservationId: string,
  owner: string | null,
): Promise<Reservation | null> {
  const { rows } = await db.query<ReservationRow>(
    byKey(`SELECT ${COLUMNS} FROM reservations r WHERE ${OF_OWNER}`),
    [reservationId, owner],
  );
  return rows[0] ? toReservation(rows[0]) : null;
}

/** Like {@link findReservation}, and locks the reservation until the transaction ends. With the time of the database. */
export async function lockReservation(
  tx: Transaction,
  reservationId: string,
  owner: string | null,
): Promise<{ reservation: Reservation; now: Date } | null> {
  const { rows } = await tx.query<ReservationRow & { now: Date }>(
    byKey(
      `SELECT ${COLUMNS}, clock_timestamp() AS now FROM reservations r WHERE ${OF_OWNER} FOR NO KEY UPDATE OF r`,
    ),
    [reservationId, owner],
  );
  const [row] = rows;
  return row ? { reservation: toReservation(row), now: row.now } : null;
}

/** The time of the database, by which reservations expire: the clocks of the instances can differ. */
export async function databaseTime(tx: Transaction): Promise<Date> {
  const { rows } = await tx.query<{ now: Date }>(DATABASE_TIME);
  if (!rows[0]) throw new Error('the database has no time');
  return rows[0].now;
}

const DATABASE_TIME = prepared('database-time', 'SELECT clock_timestamp() AS now');

export interface ReservationListRequest {
  /** Null: of all owners. */
  owner: string | null;
  /** Undefined: any. */
  status: ReservationStatus | undefined;
  /** The last id of the previous page. */
  before: string;
  limit: number;
}

/** Not parameters, so that the index of active reservations can be used. */
const OF_STATUS: Record<ReservationStatus, string> = {
  active: "AND r.status = 'active'",
  converted: "AND r.status = 'converted'",
  released: "AND r.status = 'released'",
  expired: "AND r.status = 'expired'",
};

/** Newest first. */
export async function listReservations(
  db: Queryable,
  { owner, status, before, limit }: ReservationListRequest,
): Promise<Reservation[]> {
  const { rows } = await db.query<ReservationRow>(
    byKey(
      `SELECT ${COLUMNS} FROM reservations r
        WHERE r.reservation_id < $1 ${status === undefined ? '' : OF_STATUS[status]} ${owner === null ? '' : 'AND r.owner = $3'}
        ORDER BY r.reservation_id DESC LIMIT $2`,
    ),
    [before, limit, ...(owner === null ? [] : [owner])],
  );
  return rows.map(toReservation);
}

const INSERT_RESERVATIONS = prepared(
  'insert-reservations',
  `INSERT INTO reservations (reservation_id, owner, status, expires_at, version, created_at, updated_at)
   SELECT reservation_id, owner, status, expires_at, version, created_at, created_at
     FROM json_to_recordset($1::json)
          AS n (reservation_id uuid, owner text, status text, expires_at timestamptz, version int, created_at timestamptz)`,
);

const INSERT_ITEMS = prepared(
  'insert-reservation-items',
  `INSERT INTO reservation_items (reservation_id, product_id, quantity, is_stock_kept)
   SELECT reservation_id, product_id, quantity, is_stock_kept
     FROM json_to_recordset($1::json) AS n (reservation_id uuid, product_id uuid, quantity int, is_stock_kept boolean)`,
);

export function insertReservations(tx: Transaction, reservations: readonly Reservation[]): void {
  if (reservations.length === 0) return;
  const rows = reservations.map(({ reservationId, owner, status, expiresAt, version, createdAt }) => ({
    reservation_id: reservationId,
    owner,
    status,
    expires_at: expiresAt,
    version,
    created_at: createdAt,
  }));
  const items = reservations.flatMap(({ reservationId, items: held }) =>
    held.map(({ productId, quantity, isStockKept }) => ({
      reservation_id: reservationId,
      product_id: productId,
      quantity,
      is_stock_kept: isStockKept,
    })),
  );
  tx.send(INSERT_RESERVATIONS, [JSON.stringify(rows)]);
  tx.send(INSERT_ITEMS, [JSON.stringify(items)]);
}

/** Writes another end of a locked reservation. */
export function updateExpiry(
  tx: Transaction,
  { reservationId, expiresAt, version, updatedAt }: Reservation,
): void {
  tx.send(
    'UPDATE reservations SET expires_at = $2, version = $3, updated_at = $4 WHERE reservation_id = $1',
    [reservationId, expiresAt, version, updatedAt],
  );
}

/** Deletes some of the ended reservations that were created before the given id. Returns how many. */
export async function deleteEndedReservations(db: Queryable, before: string): Promise<number> {
  const { rowCount } = await db.query(
    `DELETE FROM reservations WHERE reservation_id IN (
       SELECT reservation_id FROM reservations WHERE reservation_id < $1 AND status <> 'active'
        ORDER BY reservation_id LIMIT 1000)`,
    [before],
  );
  return rowCount ?? 0;
}

interface ReservationRow {
  reservation_id: string;
  owner: string;
  status: ReservationStatus;
  expires_at: Date;
  order_id: string | null;
  version: number;
  created_at: Date;
  updated_at: Date;
  items: [productId: string, sku: string, quantity: number, isStockKept: boolean][];
}

const toReservation = (row: ReservationRow): Reservation => ({
  reservationId: row.reservation_id,
  owner: row.owner,
  status: row.status,
  expiresAt: row.expires_at,
  orderId: row.order_id,
  version: row.version,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
  items: row.items.map(([productId, sku, quantity, isStockKept]) => ({
    productId,
    sku,
    quantity,
    isStockKept,
  })),
});
