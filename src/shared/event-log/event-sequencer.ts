import { type Logger } from '../observability/logger';
import { type Database, preparedByKey } from '../postgres/queryable';
import { declareCrashPoint } from '../resilience/crash-point';
import { type BackgroundLoop, createBackgroundLoop } from '../runtime/background-loop';
import { createLoadPace } from '../runtime/load-pace';
import { EVENTS_WRITTEN } from './append-events';

const crashAfterStep = declareCrashPoint('event-feed.after-step');

/** The maximum number of new events in a step, and the number to which failures reduce it: a step can exceed the time limit of a statement. */
const MOST_EVENTS = 1_000;
const FEWEST_EVENTS = 50;

/** The minimum time between steps: events of the same moment share a commit. It is shorter while readers wait for each event. */
const PACE = { idleMs: 25, busyMs: 100 };
const HURRIED_PACE = { idleMs: 5, busyMs: 40 };

/** How often to look for events of processes that died, in milliseconds. */
const POLL_MS = 500;

/**
 * Gives positions to events that have no position yet, in one statement. Two steps at once insert the same `step`: one of them waits for
 * the other and gives no position.
 *
 * Only a committed event gets a position. A value of `seq` that was not found stays in `missing` while its transaction may still commit:
 * such a transaction was running when a later value was found, so it has ended once the oldest running transaction is younger than the step
 * that found it. The events of a subject get positions in the order of their versions, because the transaction that writes version 2 reads
 * version 1 after its commit.
 *
 * A large transaction can leave more such events than a step takes. While some may be left, later events wait for them, so that a subject's
 * version 2 does not come before its version 1, and no value of `seq` is forgotten.
 */
const GIVE_POSITIONS = preparedByKey(
  'give-feed-positions',
  `WITH last AS MATERIALIZED (
     SELECT step, position, high, missing FROM event_feed_steps ORDER BY step DESC LIMIT 1),
   late AS MATERIALIZED (
     SELECT event.seq, event.event_id, event.owner
       FROM (SELECT lower(hole) AS low, upper(hole) AS high FROM last CROSS JOIN unnest(last.missing) AS hole ORDER BY 1) AS holes
            CROSS JOIN LATERAL (
              SELECT seq, event_id, owner FROM events WHERE seq >= holes.low AND seq < holes.high ORDER BY seq LIMIT $1::int) AS event
      ORDER BY holes.low, event.seq LIMIT $1::int),
   rest AS MATERIALIZED (
     SELECT count(*) >= $1::int AS is_possible FROM late),
   found AS MATERIALIZED (
     SELECT seq, event_id, owner FROM late
     UNION ALL
     (SELECT seq, event_id, owner FROM events
       WHERE seq > (SELECT high FROM last) AND NOT (SELECT is_possible FROM rest) ORDER BY seq LIMIT $1::int)),
   total AS (
     SELECT count(*) AS events, max(seq) AS top, range_agg(int8range(seq, seq, '[]')) AS seqs FROM found),
   ended AS (
     SELECT coalesce((SELECT high FROM event_feed_steps WHERE xid <= pg_snapshot_xmin(pg_current_snapshot())
                       ORDER BY step DESC LIMIT 1), 0) AS high),
   step AS (
     INSERT INTO event_feed_steps (step, position, high, missing, xid)
     SELECT last.step + 1, last.position + total.events, greatest(last.high, total.top),
            last.missing + int8multirange(int8range(last.high + 1, greatest(last.high, total.top) + 1)) - total.seqs
              - CASE WHEN rest.is_possible THEN '{}' ELSE int8multirange(int8range(0, ended.high + 1)) END,
            pg_current_xact_id()
       FROM last, rest, total, ended WHERE total.events > 0
     ON CONFLICT (step) DO NOTHING
     RETURNING 1)
   INSERT INTO event_feed (position, seq, event_id, owner)
   SELECT last.position + row_number() OVER (ORDER BY found.seq), found.seq, found.event_id, found.owner
     FROM found, last WHERE EXISTS (SELECT FROM step)`,
);

/**
 * Runs one step.
 *
 * @param limit the maximum number of late events, and of new events, of the step.
 * @returns the number of events that got a position.
 */
export async function giveFeedPositions(db: Database, limit = MOST_EVENTS): Promise<number> {
  // In a transaction, because only there the statement is planned by key.
  const { rowCount } = await db.transaction((tx) => tx.queryLast(GIVE_POSITIONS, [limit]));
  return rowCount ?? 0;
}

export interface EventSequencer extends BackgroundLoop {
  /** Adds a listener that is called when this process has given positions. It speeds up readers that poll. */
  onAdvanced(listener: () => void): void;
  /** Whether readers wait for each event, so that it gets its position sooner, at the cost of more commits. */
  hurry(isHurried: boolean): void;
}

/**
 * The sequencer of the event feed: gives each committed event a position, without gaps, in any number of instances at once. A step starts
 * after a commit of this process, or after half a second.
 */
export function createEventSequencer({ db, logger }: { db: Database; logger: Logger }): EventSequencer {
  const listeners: (() => void)[] = [];
  let atMost = MOST_EVENTS;
  let isHurried = false;
  const [usualPace, hurriedPace] = [createLoadPace(PACE), createLoadPace(HURRIED_PACE)];
  const loop = createBackgroundLoop({
    name: 'event sequencer',
    async step() {
      const limit = atMost;
      atMost = Math.max(FEWEST_EVENTS, Math.floor(limit / 2));
      const events = await giveFeedPositions(db, limit);
      atMost = Math.min(MOST_EVENTS, limit * 2);
      if (events === 0) return 'idle';
      crashAfterStep();
      for (const listener of listeners) listener();
      return events >= limit ? 'busy' : 0;
    },
    idleMs: POLL_MS,
    paceMs: () => (isHurried ? hurriedPace() : usualPace()),
    logger,
  });
  db.onCommitted(EVENTS_WRITTEN, () => loop.nudge());
  return {
    ...loop,
    onAdvanced: (listener) => void listeners.push(listener),
    hurry: (wanted) => void (isHurried = wanted),
  };
}
