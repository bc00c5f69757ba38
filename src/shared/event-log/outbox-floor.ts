import { type Queryable } from '../postgres/queryable';

/** How often the floor is raised, in milliseconds. */
const RAISE_EVERY_MS = 250;

/** How often the outbox is read from its beginning all the same, in milliseconds. */
const READ_ALL_EVERY_MS = 10_000;

export interface OutboxFloor {
  /** The position behind which the fresh events are read: a bigint as text. */
  position(): string;
  /** Raises the floor, at most every 250 ms. */
  raise(): Promise<void>;
}

/**
 * The position up to which the outbox holds no fresh event and none can appear, so that a relay need not read the rows there. Without it
 * each step would read again every row that was deleted since the oldest open snapshot of the server began, for example that of a backup:
 * PostgreSQL cannot remove these rows before.
 *
 * A position can still appear late, because its transaction had it before it committed. So the highest position of one moment counts only
 * when every transaction that was running at that moment has ended (`pg_snapshot_xmin`); a long transaction that writes keeps the floor
 * where it is, one that only reads does not. In case a transaction takes a position before PostgreSQL has given it a number, the outbox is
 * read from its beginning every ten seconds.
 */
export function createOutboxFloor(db: Queryable, now: () => number = () => performance.now()): OutboxFloor {
  let floor = '0';
  let mark: Mark | null = null;
  let nextRaise = 0;
  let nextReadAll = now() + READ_ALL_EVERY_MS;

  return {
    position() {
      if (now() < nextReadAll) return floor;
      nextReadAll = now() + READ_ALL_EVERY_MS;
      return '0';
    },
    async raise() {
      if (now() < nextRaise) return;
      nextRaise = now() + RAISE_EVERY_MS;
      const snapshot = await readSnapshot(db);
      if (mark && snapshot.oldestRunning >= mark.nextTransaction)
        floor = (await lastPositionBefore(db, floor, mark.position)) ?? floor;
      if (!mark || snapshot.oldestRunning >= mark.nextTransaction) mark = snapshot;
    },
  };
}

interface Mark {
  /** The highest position that was taken, by committed and running transactions. */
  position: string;
  /** Every transaction that was running had a lower number. */
  nextTransaction: bigint;
}

async function readSnapshot(db: Queryable): Promise<Mark & { oldestRunning: bigint }> {
  const { rows } = await db.query<{ position: string; next: string; oldest: string }>(
    `SELECT last_value AS position, pg_snapshot_xmax(pg_current_snapshot())::text AS next,
            pg_snapshot_xmin(pg_current_snapshot())::text AS oldest
       FROM outbox_position_seq`,
  );
  const [row] = rows;
  if (!row) throw new Error('the sequence of the outbox has no row');
  return { position: row.position, nextTransaction: BigInt(row.next), oldestRunning: BigInt(row.oldest) };
}

/** The position before the first fresh event between two positions; the second of them when there is none. */
async function lastPositionBefore(db: Queryable, after: string, upTo: string): Promise<string | null> {
  const { rows } = await db.query<{ position: string }>(
    `SELECT coalesce((SELECT position - 1 FROM outbox
                       WHERE next_attempt_at IS NULL AND position > $1 AND position <= $2
                       ORDER BY position LIMIT 1), $2::bigint) AS position`,
    [after, upTo],
  );
  return rows[0]?.position ?? null;
}
