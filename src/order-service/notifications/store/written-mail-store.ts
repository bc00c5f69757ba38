import { byKey, type Queryable } from '../../../shared/postgres/queryable';
import { type MailKind, type NewMail } from '../domain/mail';

type Subject = Pick<NewMail, 'subjectId' | 'recipient'>;

/** Those of the products and recipients that have a mail of the kind with an id from `least` on. */
export async function subjectsWithMails(
  db: Queryable,
  kind: MailKind,
  subjects: readonly Subject[],
  least: string,
): Promise<Subject[]> {
  const { rows } = await db.query<{ subject_id: string; recipient: string }>(
    byKey(
      `SELECT DISTINCT s.subject_id, s.recipient
         FROM unnest($1::uuid[], $2::text[]) AS s (subject_id, recipient)
        WHERE EXISTS (
          SELECT FROM mails m
           WHERE m.subject_id = s.subject_id AND m.recipient = s.recipient AND m.mail_id >= $3 AND m.kind = $4)`,
    ),
    [subjects.map(({ subjectId }) => subjectId), subjects.map(({ recipient }) => recipient), least, kind],
  );
  return rows.map((row) => ({ subjectId: row.subject_id, recipient: row.recipient }));
}

/** By owner, the number of mails with an id from `least` on, counted up to `most`. */
export async function countMailsOf(
  db: Queryable,
  owners: readonly string[],
  least: string,
  most: number,
): Promise<Map<string, number>> {
  const { rows } = await db.query<{ owner: string; count: number }>(
    byKey(
      `SELECT o.owner, c.count
         FROM unnest($1::text[]) AS o (owner)
              CROSS JOIN LATERAL (
                SELECT count(*)::int AS count
                  FROM (SELECT FROM mails m WHERE m.owner = o.owner AND m.mail_id >= $2 LIMIT $3) AS counted) AS c`,
    ),
    [owners, least, most],
  );
  return new Map(rows.map(({ owner, count }) => [owner, count]));
}
