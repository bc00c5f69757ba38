import { problemType } from '../contracts/problem';
import { AppError } from '../errors';
import { groupBy } from '../group-by';
import { isLockTimeout } from '../postgres/database-errors';
import { type PreparedStatement, type Queryable, type Transaction } from '../postgres/queryable';
import { insertRecords, KEY_COLUMNS } from './insert-records';

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

/** A request whose `Idempotency-Key` makes it execute at most once. */
export interface IdempotentRequest {
  /** The caller: two clients can use the same key. */
  readonly clientId: string;
  /** Method and path template, for example `POST /orders`. */
  readonly route: string;
  readonly key: string;
  /** SHA-256 of route, path parameters and body, in hex. */
  readonly fingerprint: string;
}

/** An idempotency record: the answer to the first request and to every repeat. */
export interface IdempotencyRecord extends RecordKey {
  /** SHA-256 of the request, in hex: the same key with another fingerprint is refused. */
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

const INSERT_RECORDS = insertRecords('$1');

/**
 * Claims idempotency records in the transaction of what they create. Returns for each, in the same order, null when it is claimed here, else the
 * earlier record. Of several with the same key the first is claimed, and is the earlier record of the others.
 *
 * @param statement the {@link insertRecords} to run, with its rows as the only parameter.
 * @throws AppError `conflict` (`request_in_progress`) when the earlier one takes longer than the lock timeout, or has just been
 * removed.
 */
export async function claimRecords(
  tx: Transaction,
  records: readonly IdempotencyRecord[],
  statement: string | PreparedStatement = INSERT_RECORDS,
): Promise<(StoredRecord | null)[]> {
  const byKey = groupBy(records, recordKey);
  const firsts = [...byKey.values()].flatMap(([first]) => first ?? []);
  const claims = await tx
    .query<KeyRow>(statement, [JSON.stringify(firsts.map(toRow))])
    .catch((error: unknown) => {
      throw isLockTimeout(error) ? inProgress(error) : error;
    });
  const claimed = new Set(claims.rows.map(keyOf));
  const taken = firsts.filter((record) => !claimed.has(recordKey(record)));
  const earlierOf = taken.length > 0 ? await earlierRecords(tx, taken) : () => null;
  return records.map((record) => {
    const key = recordKey(record);
    if (!claimed.has(key)) return earlierOf(record);
    const [first = record] = byKey.get(key) ?? [];
    return first === record ? null : first;
  });
}

/**
 * Returns a stored answer to a repeat of the request.
 *
 * @throws AppError `unprocessable` (`idempotency_key_reused`) when the key was used for another request.
 */
export function requireSameRequest(earlier: StoredRecord, fingerprint: string): StoredRecord {
  if (earlier.fingerprint === fingerprint) return earlier;
  throw new AppError(IDEMPOTENCY_KEY_REUSED, 'this Idempotency-Key was used for another request');
}

/** Writes the answer into a record that this transaction has claimed. */
export function storeAnswer(tx: Transaction, key: RecordKey, status: number, body: string): void {
  tx.send(
    `UPDATE idempotency_records SET response_status = $5, response_body = $6
      WHERE client_id = $1 AND route = $2 AND kind = $3 AND key = $4`,
    [key.clientId, key.route, key.kind, key.key, status, body],
  );
}

/** Reads the earlier records and returns a function that finds the earlier one of a given record. */
async function earlierRecords(
  tx: Transaction,
  taken: readonly IdempotencyRecord[],
): Promise<(record: IdempotencyRecord) => StoredRecord> {
  const earlier = await readRecords(tx, taken.flatMap(possibleKeys));
  return (record) => {
    const found = possibleKeys(record).map((key) => earlier.get(recordKey(key)));
    const [before] = found.filter((one) => one !== undefined);
    // The row may have been pruned between the insert and the read; then the repeat came too late for its window.
    if (!before) throw inProgress(undefined);
    const isFormer = found[0] === undefined;
    return isFormer ? { ...before, fingerprint: record.fingerprint } : before;
  };
}

/** The record's own key comes first. */
const possibleKeys = (record: IdempotencyRecord): RecordKey[] =>
  record.formerKey === null ? [record] : [record, { ...record, key: record.formerKey }];

/** Text that identifies a record uniquely. */
export const recordKey = ({ clientId, route, kind, key }: RecordKey): string =>
  JSON.stringify([clientId, route, kind, key]);

async function readRecords(db: Queryable, keys: readonly RecordKey[]): Promise<Map<string, StoredRecord>> {
  const { rows } = await db.query<KeyRow & RecordRow>(
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

interface KeyRow {
  client_id: string;
  route: string;
  kind: IdempotencyRecord['kind'];
  key: string;
}

/** The answer that a record holds. */
export interface RecordRow {
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

export const toStored = (row: RecordRow): StoredRecord => ({
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
