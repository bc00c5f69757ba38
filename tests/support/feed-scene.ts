import { randomUUID } from 'node:crypto';
import { appendEvents } from '../../src/shared/event-log/append-events';
import { type FeedEvent, readFeed } from '../../src/shared/event-log/event-feed';
import { giveFeedPositions } from '../../src/shared/event-log/event-sequencer';
import { FEED_START, type FeedCursor } from '../../src/shared/event-log/feed-cursor';
import { type ServiceDatabase } from '../../src/shared/postgres/database';
import { createTestDatabase } from './databases';
import { openDatabase } from './open-database';

/** An event log and its feed. */
export interface FeedScene {
  readonly url: string;
  readonly db: ServiceDatabase;
  /** Writes one event; `beforeCommit` runs in the open transaction. */
  write(event?: Partial<WrittenEvent & EventKind>, beforeCommit?: () => Promise<void>): Promise<WrittenEvent>;
  /** Runs steps of the sequencer until one finds no event. */
  sequence(): Promise<void>;
  /** All events behind a cursor, read in pages of that size. */
  readAll(from?: FeedCursor, options?: { owner?: string | null; page?: number }): Promise<FeedEvent[]>;
  stop(): Promise<void>;
}

export interface WrittenEvent {
  eventId: string;
  subjectId: string;
  version: number;
  owner: string;
}

/** By default an event of a test, which is not about an order. */
interface EventKind {
  subjectType: string;
  type: string;
  payload: object;
}

export async function feedScene(): Promise<FeedScene> {
  const url = await createTestDatabase('order-service');
  const db = openDatabase(url);
  return {
    url,
    db,
    async write(event = {}, beforeCommit = () => Promise.resolve()) {
      const written = { eventId: randomUUID(), subjectId: randomUUID(), version: 1, owner: 'shop', ...event };
      await db.transaction(async (tx) => {
        appendEvents(tx, [{ ...COMMON, ...written, occurredAt: new Date() }]);
        await beforeCommit();
      });
      return written;
    },
    async sequence() {
      while ((await giveFeedPositions(db)) > 0);
    },
    async readAll(from = FEED_START, { owner = null, page = 100 } = {}) {
      const events: FeedEvent[] = [];
      for (let after = from; ;) {
        const read = await readFeed(db, { after, owner, limit: page });
        if ('gone' in read) throw new Error(`the feed is ${read.gone}`);
        events.push(...read.events);
        if (!read.hasMore) return events;
        after = read.next;
      }
    },
    stop: () => db.stop(),
  };
}

const COMMON = {
  subjectType: 'test',
  type: 'TESTED',
  payload: {},
  queue: null,
  actor: 'test',
  correlationId: 'c',
  traceparent: 't',
};
