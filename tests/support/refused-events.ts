import { ORDERS_QUEUE } from '../../src/shared/contracts/queues';
import { rowsOf } from './rows';

export interface RefusedEventOptions {
  /** The type of the events. */
  type?: string;
  reason?: string;
}

/** Inserts events that a queue has refused and that are sent again in an hour; returns their ids, oldest first. */
export async function addRefusedEvents(
  databaseUrl: string,
  count: number,
  { type = 'TESTED', reason = 'InvalidMessageContents: refused' }: RefusedEventOptions = {},
): Promise<string[]> {
  const rows = await rowsOf<{ event_id: string }>(
    databaseUrl,
    `WITH logged AS (
       INSERT INTO events (event_id, subject_type, subject_id, owner, version, type, payload, actor, correlation_id, traceparent, occurred_at)
       SELECT gen_random_uuid(), 'order', gen_random_uuid(), 'o', 1, $2, '{}', 'a', 'c', 't', now() FROM generate_series(1, $1)
       RETURNING seq, event_id, subject_id),
     refused AS (
       INSERT INTO outbox (seq, subject_id, version, queue, attempts, next_attempt_at, last_error)
       SELECT seq, subject_id, 1, '${ORDERS_QUEUE}', 3, now() + interval '1 hour', $3 FROM logged)
     SELECT event_id FROM logged ORDER BY seq`,
    [count, type, reason],
  );
  return rows.map(({ event_id: id }) => id);
}
