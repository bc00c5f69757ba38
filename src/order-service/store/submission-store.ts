import { AppError } from '../../shared/errors';
import { isLockTimeout } from '../../shared/postgres/database-errors';
import { type Outcome } from '../../shared/postgres/group-commit';
import { type Queryable, type Transaction } from '../../shared/postgres/queryable';

/** What makes two requests the same submission. */
export interface SubmissionKey {
  clientId: string;
  /** Method and path, for example `POST /orders`. */
  route: string;
  /** `key`: the client said so (Idempotency-Key). `content`: it sent the same order again within the window. */
  kind: 'key' | 'content';
  key: string;
}

/** The outcome of a submission: what is answered now, and again to every repeat. */
export interface Submission extends SubmissionKey {
  /** SHA-256 of what was asked, in hex: the same key with another fingerprint is a mistake of the client. */
  fingerprint: string;
  /** The order that was made; null when it was something else. */
  orderId: string | null;
  responseStatus: number;
  responseBody: string;
  /** Null: as long as the order. */
  windowSeconds: number | null;
}

export type StoredSubmission = Pick<
  Submission,
  'fingerprint' | 'orderId' | 'responseStatus' | 'responseBody'
>;

/**
 * Claims submissions within the transaction of what they make. For each, in their order: null when it is ours, else the submission that
 * came before.
 *
 * @param submissions no two of the same key.
 * @throws AppError `conflict` (`request_in_progress`) when the first takes longer than the lock timeout.
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
 * The outcome of a statement that claims submissions, as {@link claimSubmissions} gives it; an error where the submission that came
 * before cannot be read. The statement may be committed by then: those that are ours are, whatever comes after it.
 *
 * @param claim runs the statement with the submissions as the parameter of {@link insertSubmissions}; its rows are the keys of those
 * that are ours.
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
  return submissions.map((submission) => {
    const key = submissionKey(submission);
    return keys.has(key) ? { value: null } : earlierOf(key);
  });
}

/** Gives by key what came before. */
async function earlierSubmissions(
  db: Queryable,
  taken: readonly Submission[],
): Promise<(key: string) => Outcome<StoredSubmission>> {
  try {
    const earlier = await readSubmissions(db, taken);
    return (key) => {
      const found = earlier.get(key);
      // Between the insert and the read the row can have been pruned; then the repeat comes too late to be one.
      return found ? { value: found } : { error: inProgress(undefined) };
    };
  } catch (error) {
    return () => ({ error });
  }
}

/** The same text for the same submission, and for no other. */
export const submissionKey = ({ clientId, route, kind, key }: SubmissionKey): string =>
  JSON.stringify([clientId, route, kind, key]);

const KEY_COLUMNS = 'client_id text, route text, kind text, key text';

/**
 * Inserts submissions that are not there, or whose window has passed, and returns their keys and orders. There is no check before the
 * insert: two at once meet at the primary key, and the second waits for the first to commit or to fail. Rows are written in the
 * order of their keys, so that two transactions never wait for each other both ways.
 *
 * @param rows the parameter with the submissions.
 * @param first an item of FROM that is to be evaluated before the first row is written.
 */
export const insertSubmissions = (rows: string, first = '(SELECT true) AS nothing'): string =>
  `INSERT INTO submissions AS s (client_id, route, kind, key, fingerprint, order_id, response_status, response_body, expires_at)
   SELECT client_id, route, kind, key, fingerprint, order_id, response_status, response_body,
          now() + make_interval(secs => window_seconds)
     FROM ${first},
          json_to_recordset(${rows}::json)
          AS n (${KEY_COLUMNS}, fingerprint text, order_id uuid, response_status smallint, response_body text,
                window_seconds float8)
    ORDER BY client_id, route, kind, key
   ON CONFLICT (client_id, route, kind, key) DO UPDATE
      SET fingerprint = excluded.fingerprint, order_id = excluded.order_id, expires_at = excluded.expires_at,
          response_status = excluded.response_status, response_body = excluded.response_body
    WHERE s.expires_at <= now()
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
});

const toStored = (row: SubmissionRow): StoredSubmission => ({
  fingerprint: row.fingerprint,
  orderId: row.order_id,
  responseStatus: row.response_status,
  responseBody: row.response_body,
});

/** Forgets some of the content submissions whose window has passed: few enough for the time limit. Returns how many. */
export async function pruneSubmissions(db: Queryable): Promise<number> {
  const { rowCount } = await db.query(
    'DELETE FROM submissions WHERE ctid IN (SELECT ctid FROM submissions WHERE expires_at <= now() LIMIT 2000)',
  );
  return rowCount ?? 0;
}

function inProgress(cause: unknown): AppError {
  return new AppError('conflict', 'the same request is still being worked on', {
    code: 'request_in_progress',
    retryAfterSeconds: 1,
    cause,
  });
}
