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
  'the same request is still being worked on',
);
export const IDEMPOTENCY_KEY_REUSED = problemType(
  'unprocessable',
  'idempotency_key_reused',
  'this Idempotency-Key was used for another request',
);

/** The key by which two requests are the same submission. */
export interface SubmissionKey {
  clientId: string;
  /** Method and path, for example `POST /orders`. */
  route: string;
  /** `key`: the client sent an Idempotency-Key. `content`: the client sent the same order again within the window. */
  kind: 'key' | 'content';
  key: string;
}

/** The outcome of a submission: the answer to the first request and to every repeat. */
export interface Submission extends SubmissionKey {
  /** SHA-256 of the request, in hex: the same key with another fingerprint is a mistake of the client. */
  fingerprint: string;
  /** The order that was created; null when the submission created something else. */
  orderId: string | null;
  responseStatus: number;
  responseBody: string;
  /** How long a repeat gets this outcome; null: as long as the order exists. */
  windowSeconds: number | null;
  /** True: the window also ends when the order is cancelled. */
  untilCancelled: boolean;
  /**
   * The key under which the previous version recorded the same submission, if it differs; else null. That version ignored metadata, so a
   * record counts only when its order is equal in everything.
   */
  formerKey: string | null;
}

export type StoredSubmission = Pick<
  Submission,
  'fingerprint' | 'orderId' | 'responseStatus' | 'responseBody'
>;

/**
 * Claims submissions in the transaction of what they create. Returns for each, in the same order, null when it is claimed here, else the
 * earlier submission.
 *
 * @param submissions no two with the same key.
 * @throws AppError `conflict` (`request_in_progress`) when the earlier one takes longer than the lock timeout.
 */
export async function claimSubmissions(
  tx: Transaction,
  submissions: readonly Submission[],
): Promise<(StoredSubmission | null)[]> {
  const outcomes = await claimed(tx, submissions, (rows) =>
    tx.query<KeyRow>(insertSubmissions('$1'), [rows]),
  );
  return outcomes.map((outcome) => {
    if ('error' in outcome) throw outcome.error;
    return outcome.value;
  });
}

/**
 * Runs a statement that claims submissions and returns its outcome, as {@link claimSubmissions} does; an outcome is an error when the
 * earlier submission cannot be read. The statement may already be committed then: the submissions that it claimed stay claimed.
 *
 * @param claim runs the statement with the submissions as the parameter of {@link insertSubmissions}; its rows are the keys of the
 * claimed submissions.
 */
export async function claimed(
  db: Queryable,
  submissions: readonly Submission[],
  claim: (rows: string) => Promise<{ rows: KeyRow[] }>,
): Promise<Outcome<StoredSubmission | null>[]> {
  const ours = await claim(JSON.stringify(submissions.map(toRow))).catch((error: unknown) => {
    throw isLockTimeout(error) ? inProgress(error) : error;
  });
  const keys = new Set(ours.rows.map(keyOf));
  const taken = submissions.filter((submission) => !keys.has(submissionKey(submission)));
  const earlierOf = taken.length > 0 ? await earlierSubmissions(db, taken) : () => ({ value: null });
  return submissions.map((submission) =>
    keys.has(submissionKey(submission)) ? { value: null } : earlierOf(submission),
  );
}

/** Reads the earlier submissions and returns a function that finds the one of a given submission. */
async function earlierSubmissions(
  db: Queryable,
  taken: readonly Submission[],
): Promise<(submission: Submission) => Outcome<StoredSubmission>> {
  try {
    const earlier = await readSubmissions(db, taken.flatMap(possibleKeys));
    return (submission) => {
      const found = possibleKeys(submission).map((key) => earlier.get(submissionKey(key)));
      const [before] = found.filter((one) => one !== undefined);
      // The row may have been pruned between the insert and the read; then the repeat came too late for its window.
      if (!before) return { error: inProgress(undefined) };
      const isFormer = found[0] === undefined;
      return { value: isFormer ? { ...before, fingerprint: submission.fingerprint } : before };
    };
  } catch (error) {
    return () => ({ error });
  }
}

/** The submission's own key comes first. */
const possibleKeys = (submission: Submission): SubmissionKey[] =>
  submission.formerKey === null ? [submission] : [submission, { ...submission, key: submission.formerKey }];

/** Text that identifies a submission uniquely. */
export const submissionKey = ({ clientId, route, kind, key }: SubmissionKey): string =>
  JSON.stringify([clientId, route, kind, key]);

const isCancelled = (orderId: string): string =>
  `EXISTS (SELECT 1 FROM orders o WHERE o.order_id = ${orderId} AND o.status = 'CANCELLED')`;

/** The order as it was placed, without the members that are unique to it. */
const placedAs = (responseBody: string): string =>
  `${responseBody}::jsonb - ARRAY['order_id', 'created_at', 'updated_at']`;

/** The record that the previous version made of the submission `n`, in a form that PostgreSQL can only plan as a look-up by key. */
const FORMER_SUBMISSION = `
      SELECT f.order_id FROM submissions f
       WHERE f.client_id = n.client_id AND f.route = n.route AND f.kind = n.kind AND f.key = n.former_key
         AND f.expires_at > now() AND NOT (n.until_cancelled AND ${isCancelled('f.order_id')})
         AND ${placedAs('f.response_body')} = ${placedAs('n.response_body')}
       LIMIT 1`;

const KEY_COLUMNS = 'client_id text, route text, kind text, key text';

/**
 * Inserts submissions that do not exist, whose window has passed, or whose order was cancelled where that counts, and returns their keys
 * and orders. There is no check before the insert: two inserts at once conflict on the primary key, and the second waits until the first
 * commits or fails; then it finds the order of the first, which is not cancelled. Rows are written in the order of their keys, so that
 * two transactions never deadlock.
 *
 * @param rows the parameter that holds the submissions.
 * @param first an item of FROM that is evaluated before the first row is written.
 */
export const insertSubmissions = (rows: string, first = '(SELECT true) AS nothing'): string =>
  `INSERT INTO submissions AS s (client_id, route, kind, key, fingerprint, order_id, response_status, response_body, expires_at,
                                 until_cancelled)
   SELECT client_id, route, kind, key, fingerprint, order_id, response_status, response_body,
          now() + make_interval(secs => window_seconds), until_cancelled
     FROM ${first},
          json_to_recordset(${rows}::json)
          AS n (${KEY_COLUMNS}, fingerprint text, order_id uuid, response_status smallint, response_body text,
                window_seconds float8, until_cancelled boolean, former_key text)
    WHERE former_key IS NULL OR (${FORMER_SUBMISSION}) IS NULL
    ORDER BY client_id, route, kind, key
   ON CONFLICT (client_id, route, kind, key) DO UPDATE
      SET fingerprint = excluded.fingerprint, order_id = excluded.order_id, expires_at = excluded.expires_at,
          response_status = excluded.response_status, response_body = excluded.response_body,
          until_cancelled = excluded.until_cancelled
    WHERE s.expires_at <= now() OR (s.until_cancelled AND ${isCancelled('s.order_id')})
   RETURNING s.client_id, s.route, s.kind, s.key, s.order_id`;

async function readSubmissions(
  db: Queryable,
  keys: readonly SubmissionKey[],
): Promise<Map<string, StoredSubmission>> {
  const { rows } = await db.query<SubmissionRow>(
    `SELECT client_id, route, kind, key, fingerprint, order_id, response_status, response_body
       FROM submissions
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
  kind: Submission['kind'];
  key: string;
}

interface SubmissionRow extends KeyRow {
  fingerprint: string;
  order_id: string | null;
  response_status: number;
  response_body: string;
}

const keyOf = ({ client_id: clientId, route, kind, key }: KeyRow): string =>
  submissionKey({ clientId, route, kind, key });

const toRow = (submission: Submission) => ({
  client_id: submission.clientId,
  route: submission.route,
  kind: submission.kind,
  key: submission.key,
  fingerprint: submission.fingerprint,
  order_id: submission.orderId,
  response_status: submission.responseStatus,
  response_body: submission.responseBody,
  window_seconds: submission.windowSeconds,
  until_cancelled: submission.untilCancelled,
  former_key: submission.formerKey,
});

const toStored = (row: SubmissionRow): StoredSubmission => ({
  fingerprint: row.fingerprint,
  orderId: row.order_id,
  responseStatus: row.response_status,
  responseBody: row.response_body,
});

/** Deletes some of the content submissions whose window has passed, few enough for the time limit. Returns how many. */
export async function pruneSubmissions(db: Queryable): Promise<number> {
  const { rowCount } = await db.query(
    'DELETE FROM submissions WHERE ctid IN (SELECT ctid FROM submissions WHERE expires_at <= now() LIMIT 2000)',
  );
  return rowCount ?? 0;
}

function inProgress(cause: unknown): AppError {
  return new AppError(REQUEST_IN_PROGRESS, 'the same request is still being worked on', {
    retryAfterSeconds: 1,
    cause,
  });
}
