import { type Queryable } from '../postgres/queryable';

/** How often the floor is raised, in milliseconds. */
const RAISE_EVERY_MS = 250;

/** How often the outbox is read from its beginning all the same, in milliseconds. */
const READ_ALL_EVERY_MS = 10_000;

/** That reading takes at most a hundredth of the time, and is repeated only after this time when it failed, in milliseconds. */
const READ_ALL_SHARE = 100;
const AFTER_FAILURE_MS = 60_000;

export interface OutboxFloor {
  /** The position behind which the fresh events are read: a bigint as text. */
  position(): string;
  /** Reports how long the outbox was read from the last {@link position}, in milliseconds. */
  hasRead(ms: number): void;
  /** Raises the floor, at most every 250 ms. */
  raise(): Promise<void>;
}

/**
 * The position up to which the outbox holds no fresh event and none can appear, so that a relay need not read the rows there. Without it
 * each step would read again every row that was deleted since the oldest open snapshot of the server began, for example that of a backup:
 * PostgreSQL cannot remove these rows before.
 *
 * A position can still appear late, because its transaction had it before it committed. So the highest position of one moment counts only
 * when every transaction that had written to the outbox at that moment has ended. Such a transaction is known by its lock on the table,
 * which it takes before its first position and keeps to its end; a snapshot does not show a running transaction with the newest number. A
 * long transaction that writes to the outbox keeps the floor where it is, any other does not.
 *
 * The outbox is read from its beginning about every ten seconds all the same, so that a wrong floor would delay events and lose none.
 */
export function createOutboxFloor(db: Queryable, now: () => number = () => performance.now()): OutboxFloor {
  let floor = '0';
  let mark: Mark | null = null;
  let nextRaise = 0;
  let nextReadAll = now() + READ_ALL_EVERY_MS;
  let isReadingAll = false;

  return {
    position() {
      isReadingAll = now() >= nextReadAll;
      if (!isReadingAll) return floor;
      nextReadAll = now() + AFTER_FAILURE_MS;
      return '0';
    },
    hasRead(ms) {
      if (isReadingAll) nextReadAll = now() + Math.max(READ_ALL_EVERY_MS, READ_ALL_SHARE * ms);
      isReadingAll = false;
    },
    async raise() {
      if (now() < nextRaise) return;
      nextRaise = now() + RAISE_EVERY_MS;
      // The position is read before the writers: who writes first in between takes a later one.
      const position = await highestPosition(db);
      const writers = await writersOf(db);
      const hasEnded = mark?.writers.every((writer) => !writers.includes(writer)) ?? true;
      if (mark && hasEnded) floor = (await lastPositionBefore(db, floor, mark.position)) ?? floor;
      if (hasEnded) mark = { position, writers };
    },
  };
}

interface Mark {
  /** The highest position that was taken, by committed and running transactions. */
  position: string;
  /** The running transactions that had written to the outbox. */
  writers: readonly string[];
}

async function highestPosition(db: Queryable): Promise<string> {
  const { rows } = await db.query<{ position: string }>(
    'SELECT CASE WHEN is_called THEN last_value ELSE last_value - 1 END AS position FROM outbox_position_seq',
  );
  const [row] = rows;
  if (!row) throw new Error('the sequence of the outbox has no row');
  return row.position;
}

/** The virtual transaction ids of the transactions that may have inserted into the outbox. */
async function writersOf(db: Queryable): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>(
    `SELECT virtualtransaction AS id
       FROM pg_locks
      WHERE relation = 'outbox'::regclass AND mode = 'RowExclusiveLock' AND granted
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
  );
  return rows.map(({ id }) => id);
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
