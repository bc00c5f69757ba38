import { commitSignal, prepared, preparedByKey, type Transaction } from '../../../shared/postgres/queryable';
import { type MailContent, type NewMail, type TakenMail } from '../domain/mail';
import { type Settlement } from '../domain/settle-mail';
import { IS_KNOWN_KIND } from './known-kinds';

/** Given after a commit that made mails due. */
export const MAILS_DUE = commitSignal('mails due');

/**
 * Adds mails. One that exists for the same event, kind and recipient is kept as it is.
 *
 * @param isSent false: nothing sends mails; they are stored as `not_sent`.
 */
export function insertMails(tx: Transaction, mails: readonly NewMail[], isSent: boolean): void {
  if (mails.length === 0) return;
  tx.send(INSERT_MAILS, [JSON.stringify(mails.map(toNewRow)), isSent]);
  if (isSent) tx.afterCommit(MAILS_DUE);
}

const INSERT_MAILS = prepared(
  'insert-mails',
  `INSERT INTO mails (mail_id, owner, kind, event_id, subject_id, recipient, content, created_at, status, due_at)
   SELECT mail_id, owner, kind, event_id, subject_id, recipient, content, created_at,
          CASE WHEN $2::boolean THEN 'pending' ELSE 'not_sent' END, CASE WHEN $2::boolean THEN now() END
     FROM json_to_recordset($1::json)
          AS m (mail_id uuid, owner text, kind text, event_id uuid, subject_id uuid, recipient text, content jsonb, created_at timestamptz)
   ON CONFLICT (event_id, kind, recipient) DO NOTHING`,
);

const toNewRow = (mail: NewMail) => ({
  mail_id: mail.mailId,
  owner: mail.owner,
  kind: mail.kind,
  event_id: mail.eventId,
  subject_id: mail.subjectId,
  recipient: mail.recipient,
  content: mail.data,
  created_at: mail.createdAt,
});

export interface TakeRequest {
  /** The maximum number of mails. */
  most: number;
  leaseMs: number;
  /** Only the mails of owners behind this one, in the order of the database. */
  afterOwner: string;
}

/**
 * Takes due mails, also those whose process did not settle them within its lease: the longest due one of each of the next owners, then the
 * second one of each. Rows that another process is just taking are skipped; therefore more candidates are read than are taken. When no mail is due, which
 * an index tells, no owner is visited.
 *
 * @returns in the order of taking: the next mails are those of the owners behind the last one.
 */
export async function takeMails(
  tx: Transaction,
  { most, leaseMs, afterOwner }: TakeRequest,
): Promise<TakenMail[]> {
  const { rows } = await tx.queryLast<TakenRow>(TAKE_MAILS, [most, leaseMs, afterOwner]);
  return rows.toSorted((a, b) => a.place - b.place).map(toTaken);
}

const TAKE_MAILS = preparedByKey(
  'take-mails',
  `WITH RECURSIVE owners AS (
     (SELECT owner, due_at FROM mails
       WHERE status = 'pending' AND owner > $3
         AND EXISTS (SELECT FROM mails WHERE status = 'pending' AND due_at <= now())
       ORDER BY owner, due_at LIMIT 1)
     UNION ALL
     SELECT next.owner, next.due_at
       FROM owners o
            CROSS JOIN LATERAL (
              SELECT owner, due_at FROM mails WHERE status = 'pending' AND owner > o.owner ORDER BY owner, due_at LIMIT 1) AS next),
   next_owners AS MATERIALIZED (
     SELECT owner FROM owners WHERE due_at <= now() LIMIT $1 * 4),
   ranked AS (
     SELECT m.mail_id, o.owner, row_number() OVER (PARTITION BY o.owner ORDER BY m.due_at) AS rank
       FROM next_owners o
            CROSS JOIN LATERAL (
              SELECT mail_id, due_at FROM mails
               WHERE owner = o.owner AND status = 'pending' AND due_at <= now() AND ${IS_KNOWN_KIND}
               ORDER BY due_at LIMIT $1 * 4) AS m),
   candidates AS MATERIALIZED (
     SELECT mail_id, (row_number() OVER (ORDER BY rank, owner))::int AS place FROM ranked),
   taken AS MATERIALIZED (
     SELECT c.mail_id, c.place
       FROM candidates c JOIN mails m ON m.mail_id = c.mail_id AND m.status = 'pending' AND m.due_at <= now()
      ORDER BY c.place LIMIT $1 FOR UPDATE OF m SKIP LOCKED)
   UPDATE mails m SET attempt = m.attempt + 1, due_at = now() + make_interval(secs => $2::float8 / 1000)
     FROM taken WHERE m.mail_id = taken.mail_id
   RETURNING m.mail_id, m.owner, m.kind, m.content, m.recipient, m.created_at, m.attempt, m.tries, taken.place`,
);

/**
 * Records the result of an attempt. That of an attempt which another one has followed changes nothing.
 *
 * @returns whether the attempt was the last one.
 */
export async function settleMail(
  tx: Transaction,
  { mailId, attempt }: Pick<TakenMail, 'mailId' | 'attempt'>,
  settlement: Settlement,
): Promise<boolean> {
  const { rowCount } = await tx.queryLast(SETTLE_MAIL, [
    mailId,
    attempt,
    settlement.status,
    'delayMs' in settlement ? settlement.delayMs : null,
    'error' in settlement ? settlement.error : null,
  ]);
  return rowCount === 1;
}

const SETTLE_MAIL = preparedByKey(
  'settle-mail',
  `UPDATE mails
      SET status = $3, due_at = now() + make_interval(secs => $4::float8 / 1000), last_error = $5,
          sent_at = CASE WHEN $3 = 'sent' THEN now() END, tries = tries + ($3 <> 'sent')::int
    WHERE mail_id = $1 AND attempt = $2 AND status = 'pending'`,
);

interface TakenRow {
  mail_id: string;
  owner: string;
  kind: MailContent['kind'];
  content: MailContent['data'];
  recipient: string;
  created_at: Date;
  attempt: number;
  tries: number;
  place: number;
}

const toTaken = (row: TakenRow): TakenMail => ({
  mailId: row.mail_id,
  owner: row.owner,
  kind: row.kind,
  data: row.content,
  recipient: row.recipient,
  createdAt: row.created_at,
  attempt: row.attempt,
  tries: row.tries,
});
