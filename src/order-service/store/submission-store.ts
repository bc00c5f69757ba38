import { AppError } from '../../shared/errors';
import { isLockTimeout } from '../../shared/postgres/database-errors';
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
 * Claims a submission within the order's transaction. Null when it is ours; else the submission that came before. There is no
 * check before the insert: two at once meet at the primary key, and the second waits for the first to commit or to fail.
 *
 * @throws AppError `conflict` (`request_in_progress`) when the first takes longer than the lock timeout.
 */
export async function claimSubmission(
  tx: Transaction,
  submission: Submission,
): Promise<StoredSubmission | null> {
  try {
    const { rowCount } = await tx.query(
      `INSERT INTO submissions AS s (client_id, route, kind, key, fingerprint, order_id, response_status, response_body,
                                     expires_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, now() + make_interval(secs => $9))
       ON CONFLICT (client_id, route, kind, key) DO UPDATE
          SET fingerprint = excluded.fingerprint, order_id = excluded.order_id, expires_at = excluded.expires_at,
              response_status = excluded.response_status, response_body = excluded.response_body
        WHERE s.expires_at <= now()`,
      [
        submission.clientId,
        submission.route,
        submission.kind,
        submission.key,
        submission.fingerprint,
        submission.orderId,
        submission.responseStatus,
        submission.responseBody,
        submission.windowSeconds,
      ],
    );
    return rowCount === 1 ? null : await readSubmission(tx, submission);
  } catch (error) {
    throw isLockTimeout(error) ? inProgress(error) : error;
  }
}

async function readSubmission(
  db: Queryable,
  { clientId, route, kind, key }: SubmissionKey,
): Promise<StoredSubmission> {
  const { rows } = await db.query<SubmissionRow>(
    `SELECT fingerprint, order_id, response_status, response_body FROM submissions
      WHERE client_id = $1 AND route = $2 AND kind = $3 AND key = $4`,
    [clientId, route, kind, key],
  );
  // Between the insert and this read the row can have been pruned; then the repeat comes too late to be one.
  if (!rows[0]) throw inProgress(undefined);
  const [row] = rows;
  return {
    fingerprint: row.fingerprint,
    orderId: row.order_id,
    responseStatus: row.response_status,
    responseBody: row.response_body,
  };
}

/** Forgets some of the content submissions whose window has passed: few enough for the time limit. Returns how many. */
export async function pruneSubmissions(db: Queryable): Promise<number> {
  const { rowCount } = await db.query(
    'DELETE FROM submissions WHERE ctid IN (SELECT ctid FROM submissions WHERE expires_at <= now() LIMIT 2000)',
  );
  return rowCount ?? 0;
}

interface SubmissionRow {
  fingerprint: string;
  order_id: string | null;
  response_status: number;
  response_body: string;
}

function inProgress(cause: unknown): AppError {
  return new AppError('conflict', 'the same request is still being worked on', {
    code: 'request_in_progress',
    retryAfterSeconds: 1,
    cause,
  });
}
