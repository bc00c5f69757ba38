import { type FeedCursor } from '../../../shared/event-log/feed-cursor';
import { byKey, type Queryable, type Transaction } from '../../../shared/postgres/queryable';

/** A time range of the feed that is queued again for an endpoint. */
export interface Replay {
  replayId: string;
  endpointId: string;
  from: Date;
  to: Date;
  cursor: FeedCursor;
  /** The last position to read, as text. */
  end: string;
  /** The number of deliveries that were added to the queue. */
  queued: number;
  /** Events of the range were removed from the log before they were queued, or cannot be presented. */
  isIncomplete: boolean;
  createdAt: Date;
  endedAt: Date | null;
}

const COLUMNS = `r.replay_id, r.endpoint_id, r.occurred_from, r.occurred_to, r.cursor_position, r.cursor_proof, r.end_position, r.queued, r.is_incomplete,
  r.created_at, r.ended_at`;

/**
 * Adds a replay; false when another one of the endpoint has not ended. An endpoint that follows the fan-out can begin behind it: then the
 * replay ends where the endpoint begins. The fan-out must be locked.
 */
export async function insertReplay(tx: Transaction, replay: Replay): Promise<boolean> {
  const { rowCount } = await tx.query(
    `INSERT INTO webhook_replays (replay_id, endpoint_id, occurred_from, occurred_to, cursor_position, cursor_proof, end_position, created_at)
     SELECT $1, $2, $3, $4, $5, $6, greatest($7::bigint, (SELECT cursor_position FROM webhook_endpoints WHERE endpoint_id = $2 AND NOT is_behind)), $8
      WHERE NOT EXISTS (SELECT FROM webhook_replays WHERE endpoint_id = $2 AND ended_at IS NULL)`,
    [
      replay.replayId,
      replay.endpointId,
      replay.from,
      replay.to,
      replay.cursor.position,
      replay.cursor.proof,
      replay.end,
      replay.createdAt,
    ],
  );
  return rowCount === 1;
}

export async function findReplay(
  db: Queryable,
  endpointId: string,
  replayId: string,
): Promise<Replay | null> {
  const { rows } = await db.query<ReplayRow>(
    `SELECT ${COLUMNS} FROM webhook_replays r WHERE r.replay_id = $1 AND r.endpoint_id = $2`,
    [replayId, endpointId],
  );
  return rows[0] ? toReplay(rows[0]) : null;
}

/** A replay that has not ended, with the client of its endpoint. */
export interface OpenReplay extends Replay {
  clientId: string;
}

/**
 * The open replays of enabled endpoints that have fewer deliveries in their queues. The replay of an endpoint that is behind waits until the
 * endpoint has passed its end: otherwise the later versions of an order would be sent before the earlier ones.
 */
export async function openReplays(db: Queryable, lessThan: number): Promise<OpenReplay[]> {
  const { rows } = await db.query<ReplayRow & { client_id: string }>(
    byKey(`SELECT ${COLUMNS}, e.client_id
             FROM webhook_replays r JOIN webhook_endpoints e ON e.endpoint_id = r.endpoint_id
            WHERE r.ended_at IS NULL AND e.enabled AND (NOT e.is_behind OR e.cursor_position >= r.end_position)
              AND (SELECT count(*) FROM (SELECT FROM webhook_queue q WHERE q.endpoint_id = e.endpoint_id LIMIT $1::int) AS counted) < $1
            ORDER BY r.endpoint_id, r.created_at`),
    [lessThan],
  );
  return rows.map((row) => ({ ...toReplay(row), clientId: row.client_id }));
}

/** Moves a replay; false when another process has moved it. */
export async function moveReplay(
  tx: Transaction,
  { replayId, cursor }: Replay,
  { to, hasEnded, isIncomplete }: { to: FeedCursor; hasEnded: boolean; isIncomplete: boolean },
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `UPDATE webhook_replays
        SET cursor_position = $3, cursor_proof = $4, ended_at = CASE WHEN $5 THEN now() END, is_incomplete = is_incomplete OR $6
      WHERE replay_id = $1 AND cursor_position = $2 AND ended_at IS NULL`,
    [replayId, cursor.position, to.position, to.proof, hasEnded, isIncomplete],
  );
  return rowCount === 1;
}

export async function countQueued(tx: Transaction, replayId: string, added: number): Promise<void> {
  if (added > 0)
    await tx.query('UPDATE webhook_replays SET queued = queued + $2 WHERE replay_id = $1', [replayId, added]);
}

interface ReplayRow {
  replay_id: string;
  endpoint_id: string;
  occurred_from: Date;
  occurred_to: Date;
  cursor_position: string;
  cursor_proof: string;
  end_position: string;
  queued: number;
  is_incomplete: boolean;
  created_at: Date;
  ended_at: Date | null;
}

const toReplay = (row: ReplayRow): Replay => ({
  replayId: row.replay_id,
  endpointId: row.endpoint_id,
  from: row.occurred_from,
  to: row.occurred_to,
  cursor: { position: row.cursor_position, proof: row.cursor_proof },
  end: row.end_position,
  queued: row.queued,
  isIncomplete: row.is_incomplete,
  createdAt: row.created_at,
  endedAt: row.ended_at,
});
