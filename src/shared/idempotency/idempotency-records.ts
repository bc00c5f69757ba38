import { problemType } from '../contracts/problem';
import { AppError } from '../errors';
import { isLockTimeout } from '../postgres/database-errors';
import { type Outcome } from '../postgres/group-commit';
import { type Queryable, type Transaction } from '../postgres/queryable';

export const INVALID_IDEMPOTENCY_KEY = problemType(
  'invalid_input',
  'invalid_idempotency_key',
  'Idempotency-Key must be 1 to 255 visible ASCII characters',
);
export const REQUEST_IN_PROGRESS = problemType(
  'conflict',
  'request_in_progress',
  'the same request is still being processed',
);
export const IDEMPOTENCY_KEY_REUSED = problemType(
  'unprocessable',
  'idempotency_key_reused',
  'this Idempotency-Key was used for another request',
);

/** The key of an idempotency record: two requests with the same key are repeats of each other. */
export interface RecordKey {
  clientId: string;
  /** Method and path, for example `POST /orders`. */
  route: string;
  /** `key`: the client sent an Idempotency-Key. `content`: the client sent the same order again within the window. */
  kind: 'key' | 'content';
  key: string;
}

/** An idempotency record: the answer to the first request and to every repeat. */
export interface IdempotencyRecord extends RecordKey {
  /** SHA-256 of the request, in hex: the same key with another fingerprint is a mistake of the client. */
  fingerprint: string;
  /** The order that was created; null when the request created something else. */
  orderId: string | null;
  responseStatus: number;
  responseBody: string;
  /** How long a repeat gets this outcome; null: as long as the order exists. */
  windowSeconds: number | null;
  /** True: the window also ends when the order is cancelled. */
  untilCancelled: boolean;
  /**
   * The key under which the previous version recorded the same request, if it differs; else null. That version ignored metadata, so a
   * record counts only when its order is equal in everything.
   */
  formerKey: string | null;
}

export type StoredRecord = Pick<
  IdempotencyRecord,
  'fingerprint' | 'orderId' | 'responseStatus' | 'responseBody'
>;

/**
 * Claims idempotency records in the transaction of what they create. Returns for each, in the same order, null when it is claimed here, else the
 * earlier record.
 *
 * @param records no two with the same key.
 * @throws AppError `conflict` (`request_in_progress`) when the earlier one takes longer than the lock timeout.
 */
export async function claimRecords(
  tx: Transaction,
  records: readonly IdempotencyRecord[],
): Promise<(StoredRecord | null)[]> {
  const outcomes = await claimWith(tx, records, (rows) => tx.query<KeyRow>(insertRecords('$1'), [rows]));
  return outcomes.map((outcome) => {
    if ('error' in outcome) throw outcome.error;
    return outcome.value;
  });
}

/**
 * Runs a statement that claims records and returns its outcome, as {@link claimRecords} does; an outcome is an error when the
 * earlier record cannot be read. The statement may already be committed then: the records that it claimed stay claimed.
 *
 * @param claim runs the statement with the records as the parameter of {@link insertRecords}; its rows are the keys of the
 * claimed records.
 */
export async function claimWith(
  db: Queryable,
  records: readonly IdempotencyRecord[],
  claim: (rows: string) => Promise<{ rows: KeyRow[] }>,
): Promise<Outcome<StoredRecord | null>[]> {
  const claims = await claim(JSON.stringify(records.map(toRow))).catch((error: unknown) => {
    throw isLockTimeout(error) ? inProgress(error) : error;
  });
  const keys = new Set(claims.rows.map(keyOf));
  const taken = records.filter((record) => !keys.has(recordKey(record)));
  const earlierOf = taken.length > 0 ? await earlierRecords(db, taken) : () => ({ value: null });
  return records.map((record) => (keys.has(recordKey(record)) ? { value: null } : earlierOf(record)));
}

/** Reads the earlier records and returns a function that finds the earlier one of a given record. */
async function earlierRecords(
  db: Queryable,
  taken: readonly IdempotencyRecord[],
): Promise<(record: IdempotencyRecord) => Outcome<StoredRecord>> {
  try {
    const earlier = await readRecords(db, taken.flatMap(possibleKeys));
    return (record) => {
      const found = possibleKeys(record).map((key) => earlier.get(recordKey(key)));
      const [before] = found.filter((one) => one !== undefined);
      // The row may have been pruned between the insert and the read; then the repeat came too late for its window.
      if (!before) return { error: inProgress(undefined) };
      const isFormer = found[0] === undefined;
      return { value: isFormer ? { ...before, fingerprint: record.fingerprint } : before };
    };
  } catch (error) {
    return () => ({ error });
  }
}

/** The record's own key comes first. */
const possibleKeys = (record: IdempotencyRecord): RecordKey[] =>
  record.formerKey === null ? [record] : [record, { ...record, key: record.formerKey }];

/** Text that identifies a record uniquely. */
export const recordKey = ({ clientId, route, kind, key }: RecordKey): string =>
  JSON.stringify([clientId, route, kind, key]);

const isCancelled = (orderId: string): string =>
  `EXISTS (SELECT 1 FROM orders o WHERE o.order_id = ${orderId} AND o.status = 'CANCELLED')`;

/** The order as it was placed, without the members that are unique to it. */
const placedAs = (responseBody: string): string =>
  `${responseBody}::jsonb - ARRAY['order_id', 'created_at', 'updated_at']`;

/** The record that the previous version wrote for the request of the record `n`, in a form that PostgreSQL can only plan as a look-up by key. */
const FORMER_RECORD = `
      SELECT f.order_id FROM idempotency_records f
       WHERE f.client_id = n.client_id AND f.route = n.route AND f.kind = n.kind AND f.key = n.former_key
         AND f.expires_at > now() AND NOT (n.until_cancelled AND ${isCancelled('f.order_id')})
         AND ${placedAs('f.response_body')} = ${placedAs('n.response_body')}
       LIMIT 1`;

const KEY_COLUMNS = 'client_id text, route text, kind text, key text';

/**
 * Inserts records that do not exist, whose window has passed, or whose order was cancelled where that counts, and returns their keys
 * and orders. There is no check before the insert: two inserts at once conflict on the primary key, and the second waits until the first
 * commits or fails; then it finds the order of the first, which is not cancelled. Rows are written in the order of their keys, so that
 * two transactions never deadlock.
 *
 * @param rows the parameter that holds the records.
 * @param first an item of FROM that is evaluated before the first row is written.
 */
export const insertRecords = (rows: string, first = '(SELECT true) AS no_setting'): string =>
  `INSERT INTO idempotency_records AS s (client_id, route, kind, key, fingerprint, order_id, response_status, response_body, expires_at,
                                 until_cancelled)
   SELECT client_id, route, kind, key, fingerprint, order_id, response_status, response_body,
          now() + make_interval(secs => window_seconds), until_cancelled
     FROM ${first},
          json_to_recordset(${rows}::json)
          AS n (${KEY_COLUMNS}, fingerprint text, order_id uuid, response_status smallint, response_body text,
                window_seconds float8, until_cancelled boolean, former_key text)
    WHERE former_key IS NULL OR (${FORMER_RECORD}) IS NULL
    ORDER BY client_id, route, kind, key
   ON CONFLICT (client_id, route, kind, key) DO UPDATE
      SET fingerprint = excluded.fingerprint, order_id = excluded.order_id, expires_at = excluded.expires_at,
          response_status = excluded.response_status, response_body = excluded.response_body,
          until_cancelled = excluded.until_cancelled
    WHERE s.expires_at <= now() OR (s.until_cancelled AND ${isCancelled('s.order_id')})
   RETURNING s.client_id, s.route, s.kind, s.key, s.order_id`;

async function readRecords(db: Queryable, keys: readonly RecordKey[]): Promise<Map<string, StoredRecord>> {
  const { rows } = await db.query<RecordRow>(
    `SELECT client_id, route, kind, key, fingerprint, order_id, response_status, response_body
       FROM idempotency_records
       JOIN json_to_recordset($1::json) AS n (${KEY_COLUMNS}) USING (client_id, route, kind, key)`,
    [
      JSON.stringify(
        keys.map(({ clientId, route, kind, key }) => ({ client_id: clientId, route, kind, key })),
      ),
    ],
  );
  return new Map(rows.map((row) => [keyOf(row), toStored(row)]));
}

export interface KeyRow {
  client_id: string;
  route: string;
  kind: IdempotencyRecord['kind'];
  key: string;
}

interface RecordRow extends KeyRow {
  fingerprint: string;
  order_id: string | null;
  response_status: number;
  response_body: string;
}

const keyOf = ({ client_id: clientId, route, kind, key }: KeyRow): string =>
  recordKey({ clientId, route, kind, key });

const toRow = (record: IdempotencyRecord) => ({
  client_id: record.clientId,
  route: record.route,
  kind: record.kind,
  key: record.key,
  fingerprint: record.fingerprint,
  order_id: record.orderId,
  response_status: record.responseStatus,
  response_body: record.responseBody,
  window_seconds: record.windowSeconds,
  until_cancelled: record.untilCancelled,
  former_key: record.formerKey,
});

const toStored = (row: RecordRow): StoredRecord => ({
  fingerprint: row.fingerprint,
  orderId: row.order_id,
  responseStatus: row.response_status,
  responseBody: row.response_body,
});

/** Deletes some of the idempotency records whose window has passed, few enough for the time limit. Returns how many. */
export async function pruneRecords(db: Queryable): Promise<number> {
  const { rowCount } = await db.query(
    'DELETE FROM idempotency_records WHERE ctid IN (SELECT ctid FROM idempotency_records WHERE expires_at <= now() LIMIT 2000)',
  );
  return rowCount ?? 0;
}

function inProgress(cause: unknown): AppError {
  return new AppError(REQUEST_IN_PROGRESS, 'the same request is still being processed', {
    retryAfterSeconds: 1,
    cause,
  });
}
