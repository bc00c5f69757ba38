import { byKey, type Queryable, type Transaction } from '../../../shared/postgres/queryable';
import { type NoticeType } from '../domain/notice';

export interface StoredNotice {
  eventId: string;
  clientId: string;
  /** The endpoint that it is about. */
  subjectId: string;
  type: NoticeType;
  body: string;
  occurredAt: Date;
}

/** Stores a notice and returns its version, which counts the notices about the endpoint. The fan-out must be locked. */
export async function insertNotice(tx: Transaction, notice: StoredNotice): Promise<number> {
  const { rows } = await tx.query<{ version: number }>(
    `INSERT INTO webhook_notices (event_id, client_id, subject_id, version, type, body, occurred_at)
     SELECT $1, $2, $3, coalesce(max(version), 0) + 1, $4, $5, $6 FROM webhook_notices WHERE subject_id = $3
     RETURNING version`,
    [notice.eventId, notice.clientId, notice.subjectId, notice.type, notice.body, notice.occurredAt],
  );
  return rows[0]?.version ?? 1;
}

/** The enabled endpoints of a client that receive events of the type. */
export async function receiversOf(tx: Transaction, clientId: string, type: NoticeType): Promise<string[]> {
  const { rows } = await tx.query<{ endpoint_id: string }>(
    byKey(`SELECT endpoint_id FROM webhook_endpoints
            WHERE client_id = $1 AND enabled AND (event_types = '{}' OR $2 = ANY (event_types)) ORDER BY endpoint_id`),
    [clientId, type],
  );
  return rows.map((row) => row.endpoint_id);
}

/** The bodies of notices, by event id. */
export async function noticeBodies(db: Queryable, eventIds: readonly string[]): Promise<Map<string, string>> {
  const { rows } = await db.query<{ event_id: string; body: string }>(
    byKey('SELECT event_id, body FROM webhook_notices WHERE event_id = ANY ($1::uuid[])'),
    [eventIds],
  );
  return new Map(rows.map((row) => [row.event_id, row.body]));
}
