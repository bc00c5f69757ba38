import { type FeedCursor } from '../../../shared/event-log/feed-cursor';
import { preparedByKey, type Queryable, type Transaction } from '../../../shared/postgres/queryable';

/** How far the feed is queued for all endpoints that are not behind. */
export interface FanOutState {
  cursor: FeedCursor;
  /** The least cursor of those endpoints; null when there is none. */
  start: FeedCursor | null;
}

export async function readFanOutState(db: Queryable): Promise<FanOutState> {
  const { rows } = await db.query<{
    position: string;
    proof: string;
    start_position: string | null;
    start_proof: string | null;
  }>(
    `SELECT o.position, o.proof, e.cursor_position AS start_position, e.cursor_proof AS start_proof
       FROM webhook_fan_out o
            LEFT JOIN LATERAL (
              SELECT cursor_position, cursor_proof FROM webhook_endpoints
               WHERE enabled AND NOT is_behind ORDER BY cursor_position LIMIT 1) AS e ON true
      WHERE o.is_only`,
  );
  const [row] = rows;
  if (!row) throw new Error('the table webhook_fan_out is empty');
  const { start_position: position, start_proof: proof } = row;
  return {
    cursor: { position: row.position, proof: row.proof },
    start: position === null || proof === null ? null : { position, proof },
  };
}

/** The types of events that the endpoints of a client receive; `all`: one of them receives all types. */
export type WantedTypes = 'all' | ReadonlySet<string>;

/**
 * Those of the clients that have endpoints which receive events, or will do so once they have caught up, with the types of these events: an
 * endpoint can join the fan-out after this statement and before the page is added.
 */
export async function wantedTypes(
  tx: Transaction,
  clientIds: readonly string[],
): Promise<Map<string, WantedTypes>> {
  const { rows } = await tx.query<{ client_id: string; event_types: string[] }>(WANTED_TYPES, [clientIds]);
  const wanted = new Map<string, WantedTypes>();
  for (const { client_id: clientId, event_types: types } of rows) {
    const former = wanted.get(clientId);
    wanted.set(
      clientId,
      former === 'all' || types.length === 0 ? 'all' : new Set([...(former ?? []), ...types]),
    );
  }
  return wanted;
}

const WANTED_TYPES = preparedByKey(
  'wanted-webhook-types',
  'SELECT DISTINCT client_id, event_types FROM webhook_endpoints WHERE client_id = ANY ($1::text[]) AND (enabled OR is_behind)',
);

/**
 * Moves the fan-out, unless another process has moved it from the same position. The row stays locked until the end of the transaction, so
 * that nobody else adds deliveries meanwhile: which delivery of a subject has a time, and which ones wait for it, is decided by what the
 * queue contains.
 */
export async function moveFanOut(tx: Transaction, { from, to, token }: FanOutMove): Promise<boolean> {
  const { rowCount } = await tx.query(MOVE_FAN_OUT, [from.position, to.position, to.proof, token]);
  return rowCount === 1;
}

export interface FanOutMove {
  from: FeedCursor;
  to: FeedCursor;
  /** Unique; a later statement of the transaction adds deliveries only if it finds it. */
  token: string;
}

const MOVE_FAN_OUT = preparedByKey(
  'move-webhook-fan-out',
  'UPDATE webhook_fan_out SET position = $2, proof = $3, moved_by = $4 WHERE is_only AND position = $1',
);

/** Locks the fan-out as {@link moveFanOut} does, and returns where it is. */
export async function lockFanOut(tx: Transaction): Promise<FeedCursor> {
  const { rows } = await tx.query<{ position: string; proof: string }>(
    'SELECT position, proof FROM webhook_fan_out WHERE is_only FOR UPDATE',
  );
  const [row] = rows;
  if (!row) throw new Error('the table webhook_fan_out is empty');
  return row;
}
