import { byKey, type Queryable, type Transaction } from '../../../shared/postgres/queryable';
import { type MailContent, type MailFilter, type MailStatus, type RecordedMail } from '../domain/mail';
import { IS_KNOWN_KIND } from './known-kinds';
import { MAILS_DUE } from './mail-queue-store';

const COLUMNS = `mail_id, owner, kind, event_id, subject_id, recipient, content, status, attempt, due_at, created_at, sent_at, last_error`;

/** Mails with an id below `before`, newest first. */
export async function listMails(
  db: Queryable,
  owner: string | null,
  { status }: MailFilter,
  { before, limit }: { before: string; limit: number },
): Promise<RecordedMail[]> {
  const conditions = [
    'mail_id < $1',
    IS_KNOWN_KIND,
    ...(owner === null ? [] : ['owner = $3']),
    ...(status === undefined ? [] : [`status = '${status}'`]),
  ];
  const { rows } = await db.query<MailRow>(
    byKey(`SELECT ${COLUMNS} FROM mails WHERE ${conditions.join(' AND ')} ORDER BY mail_id DESC LIMIT $2`),
    [before, limit, ...(owner === null ? [] : [owner])],
  );
  return rows.map(toMail);
}

/** A mail, locked until the end of the transaction. */
export async function lockMail(
  tx: Transaction,
  mailId: string,
  owner: string | null,
): Promise<RecordedMail | null> {
  const { rows } = await tx.query<MailRow>(
    byKey(
      `SELECT ${COLUMNS} FROM mails
        WHERE mail_id = $1 AND ($2::text IS NULL OR owner = $2) AND ${IS_KNOWN_KIND} FOR UPDATE`,
    ),
    [mailId, owner],
  );
  return rows[0] ? toMail(rows[0]) : null;
}

/** Makes a mail due; its schedule of attempts begins anew. The mail must be locked. */
export async function requeueMail(tx: Transaction, mailId: string): Promise<RecordedMail> {
  const { rows } = await tx.query<MailRow>(
    `UPDATE mails SET status = 'pending', due_at = now(), tries = 0 WHERE mail_id = $1 RETURNING ${COLUMNS}`,
    [mailId],
  );
  const [row] = rows;
  if (!row) throw new Error('the mail was removed meanwhile');
  tx.afterCommit(MAILS_DUE);
  return toMail(row);
}

interface MailRow {
  mail_id: string;
  owner: string;
  kind: MailContent['kind'];
  event_id: string;
  subject_id: string;
  recipient: string;
  content: MailContent['data'];
  status: MailStatus;
  attempt: number;
  due_at: Date | null;
  created_at: Date;
  sent_at: Date | null;
  last_error: string | null;
}

const toMail = (row: MailRow): RecordedMail => ({
  mailId: row.mail_id,
  owner: row.owner,
  kind: row.kind,
  eventId: row.event_id,
  subjectId: row.subject_id,
  recipient: row.recipient,
  data: row.content,
  createdAt: row.created_at,
  status: row.status,
  attempts: row.attempt,
  nextAttemptAt: row.due_at,
  sentAt: row.sent_at,
  lastError: row.last_error,
});
