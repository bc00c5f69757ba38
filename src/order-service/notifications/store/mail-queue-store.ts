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
  `INSERT INTO mails (mail_id, owner, kind, event_id, recipient, content, created_at, status, due_at)
   SELECT mail_id, owner, kind, event_id, recipient, content, created_at,
          CASE WHEN $2::boolean THEN 'pending' ELSE 'not_sent' END, CASE WHEN $2::boolean THEN now() END
     FROM json_to_recordset($1::json)
          AS m (mail_id uuid, owner text, kind text, event_id uuid, recipient text, content jsonb, created_at timestamptz)
   ON CONFLICT (event_id, kind, recipient) DO NOTHING`,
);

const toNewRow = (mail: NewMail) => ({
  mail_id: mail.mailId,
  owner: mail.owner,
  kind: mail.kind,
  event_id: mail.eventId,
  recipient: mail.recipient,
  content: mail.data,
  created_at: mail.createdAt,
});

/**
 * Takes due mails, the longest due first, and those whose process did not settle them within its lease. Rows that another process is just
 * taking are skipped.
 */
export async function takeMails(
  tx: Transaction,
  { most, leaseMs }: { most: number; leaseMs: number },
): Promise<TakenMail[]> {
  const { rows } = await tx.queryLast<TakenRow>(TAKE_MAILS, [most, leaseMs]);
  return rows.map(toTaken);
}

const TAKE_MAILS = preparedByKey(
  'take-mails',
  `WITH due AS MATERIALIZED (
     SELECT mail_id FROM mails WHERE status = 'pending' AND due_at <= now() AND ${IS_KNOWN_KIND}
      ORDER BY due_at LIMIT $1 FOR UPDATE SKIP LOCKED)
   UPDATE mails m SET attempt = m.attempt + 1, due_at = now() + make_interval(secs => $2::float8 / 1000)
     FROM due WHERE m.mail_id = due.mail_id
   RETURNING m.mail_id, m.kind, m.content, m.recipient, m.created_at, m.attempt, m.tries`,
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
  kind: MailContent['kind'];
  content: MailContent['data'];
  recipient: string;
  created_at: Date;
  attempt: number;
  tries: number;
}

const toTaken = (row: TakenRow): TakenMail => ({
  mailId: row.mail_id,
  kind: row.kind,
  data: row.content,
  recipient: row.recipient,
  createdAt: row.created_at,
  attempt: row.attempt,
  tries: row.tries,
});
