import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { type FeedEvent, readFeed } from '../../../src/shared/event-log/event-feed';
import { createEventSequencer, giveFeedPositions } from '../../../src/shared/event-log/event-sequencer';
import { FEED_START } from '../../../src/shared/event-log/feed-cursor';
import { createDatabase } from '../../../src/shared/postgres/database';
import { type Database } from '../../../src/shared/postgres/queryable';
import { eventually } from '../../support/eventually';
import { feedScene, type FeedScene, type WrittenEvent } from '../../support/feed-scene';
import { rowsOf } from '../../support/rows';
import { silentLogger } from '../../support/service-pair';
import { thrownBy } from '../../support/thrown-by';

const idsOf = (events: readonly { eventId: string }[]): string[] => events.map(({ eventId }) => eventId);

const LIMITS = {
  DATABASE_POOL_MAX: 4,
  DATABASE_CONNECT_TIMEOUT_MS: 10_000,
  DATABASE_QUERY_TIMEOUT_MS: 10_000,
  DATABASE_PREPARED_STATEMENTS: true,
};

/** Events of as many subjects. */
const INSERT_MANY = `
  INSERT INTO events (event_id, subject_type, subject_id, owner, version, type, payload, actor, correlation_id, traceparent, occurred_at)
  SELECT gen_random_uuid(), 'test', gen_random_uuid(), 'shop', 1, 'TESTED', '{}', 'test', 'c', 't', now()
    FROM generate_series(1, $1::int)`;

describe('the event feed', () => {
  let scene: FeedScene;
  beforeEach(async () => (scene = await feedScene()));
  afterEach(() => scene.stop());

  it('given eight writers that pause and roll back, and two sequencing instances, then four readers get every committed event once, in order', async () => {
    const instances = [scene.db, createDatabase(scene.url, 'other-instance', LIMITS, silentLogger)];
    const sequencers = instances.map((db) => createEventSequencer({ db, logger: silentLogger }));
    await Promise.all(sequencers.map((sequencer) => sequencer.start()));
    const committed: WrittenEvent[] = [];
    await Promise.all(Array.from({ length: 8 }, () => writer(40, committed)));
    const readers = await Promise.all(
      [...instances, ...instances].map((db, index) => readUntil(db, committed.length, 3 + 7 * index)),
    );
    await Promise.all(sequencers.map((sequencer) => sequencer.stop()));
    await instances[1]!.stop();
    for (const seen of readers) {
      expect(idsOf(seen)).to.have.members(idsOf(committed)).and.have.length(committed.length);
      expect(seen.map(({ cursor }) => Number(cursor.position))).to.deep.equal(
        seen.map((_, index) => index + 1),
      );
      for (const versions of versionsBySubject(seen).values())
        expect(versions).to.deep.equal(versions.map((_, index) => index + 1));
    }
  });

  it('given a transaction that stays open, then only its own event waits, also when it was the first to write', async () => {
    let others: WrittenEvent[] = [];
    const late = await scene.write({}, async () => {
      others = [await scene.write(), await scene.write()];
      await scene.sequence();
      expect(idsOf(await scene.readAll())).to.deep.equal(idsOf(others));
      // Many steps later it is still expected.
      for (let step = 0; step < 70; step += 1) {
        others.push(await scene.write());
        await giveFeedPositions(scene.db);
      }
    });
    await scene.sequence();
    expect(idsOf(await scene.readAll())).to.deep.equal(idsOf([...others, late]));
  });

  it('given a transaction that was rolled back, then its place is forgotten, and later events have no gap', async () => {
    await scene.write();
    await scene.sequence();
    await thrownBy(scene.write({}, () => Promise.reject(new Error('changed its mind'))));
    for (let step = 0; step < 3; step += 1) {
      await scene.write();
      await scene.sequence();
    }
    const [last] = await rowsOf<{ missing: string }>(
      scene.url,
      'SELECT missing::text FROM event_feed_steps ORDER BY step DESC LIMIT 1',
    );
    expect(last!.missing).to.equal('{}');
    const positions = (await scene.readAll()).map(({ cursor }) => cursor.position);
    expect(positions).to.deep.equal(['1', '2', '3', '4']);
  });

  it('given many steps at once, then each event gets one position', async () => {
    const written: WrittenEvent[] = [];
    for (let round = 0; round < 10; round += 1) {
      written.push(...(await Promise.all(Array.from({ length: 5 }, () => scene.write()))));
      await Promise.all(Array.from({ length: 6 }, () => giveFeedPositions(scene.db)));
    }
    await scene.sequence();
    const seen = await scene.readAll();
    expect(idsOf(seen)).to.have.members(idsOf(written)).and.have.length(written.length);
  });

  it('given a step whose session is killed, then the next step of another session gives the positions', async () => {
    await scene.write();
    /** Ends the session between the statement and its COMMIT. */
    const killed: Database = {
      ...scene.db,
      transaction: (work) =>
        scene.db.transaction(async (tx) => {
          const { rows } = await tx.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
          const result = await work({ ...tx, queryLast: tx.query });
          await rowsOf(scene.url, 'SELECT pg_terminate_backend($1)', [rows[0]!.pid]);
          return result;
        }),
    };
    expect(await thrownBy(giveFeedPositions(killed))).to.have.property('kind', 'unavailable');
    expect(await scene.readAll()).to.deep.equal([]);
    await scene.sequence();
    expect((await scene.readAll()).map(({ cursor }) => cursor.position)).to.deep.equal(['1']);
  });

  it('given events of several owners, then a reader of one owner gets the events of that owner', async () => {
    const own: WrittenEvent[] = [];
    for (let n = 0; n < 30; n += 1) {
      const event = await scene.write({ owner: n % 3 === 0 ? 'shop' : 'other' });
      if (n % 3 === 0) own.push(event);
    }
    await scene.sequence();
    expect(idsOf(await scene.readAll(FEED_START, { owner: 'shop', page: 4 }))).to.deep.equal(idsOf(own));
    expect(await scene.readAll(FEED_START, { owner: 'nobody' })).to.deep.equal([]);
  });

  it('given a committed transaction with 100 000 events between those of others, then each step takes a part of them, and versions keep their order', async () => {
    const [parts, limit] = [[10_000, 40_000, 50_000], 1_000];
    const subjectId = randomUUID();
    await scene.db.transaction(async (tx) => {
      await tx.query('SELECT pg_current_xact_id()');
      for (const events of parts) {
        await tx.query(INSERT_MANY, [events]);
        await scene.write();
        await scene.sequence();
      }
      await tx.query(INSERT_MANY, [1]);
      await tx.query('UPDATE events SET subject_id = $1 WHERE seq = (SELECT max(seq) FROM events)', [
        subjectId,
      ]);
      await scene.write();
      await scene.sequence();
    });
    const later = await scene.write({ subjectId, version: 2 });
    const steps: number[] = [];
    for (let events = -1; events !== 0; steps.push(events)) events = await giveFeedPositions(scene.db, limit);
    expect(Math.max(...steps)).to.be.at.most(2 * limit);
    const [fed] = await rowsOf(
      scene.url,
      `SELECT count(*)::int AS positions, count(DISTINCT event_id)::int AS events, max(position)::int AS last,
              (SELECT count(*)::int FROM events) AS logged FROM event_feed`,
    );
    const all = 100_001 + parts.length + 2;
    expect(fed).to.deep.equal({ positions: all, events: all, last: all, logged: all });
    const versions = await rowsOf<{ event_id: string; version: number }>(
      scene.url,
      `SELECT event_id, version FROM event_feed JOIN events USING (seq, event_id) WHERE subject_id = $1 ORDER BY position`,
      [subjectId],
    );
    expect(versions.map(({ version }) => version)).to.deep.equal([1, 2]);
    expect(versions[1]!.event_id).to.equal(later.eventId);
    // Once all of them have positions, the values that were waited for are forgotten.
    await scene.write();
    await scene.sequence();
    const [last] = await rowsOf<{ missing: string }>(
      scene.url,
      'SELECT missing::text FROM event_feed_steps ORDER BY step DESC LIMIT 1',
    );
    expect(last!.missing).to.equal('{}');
  }).timeout(120_000);

  it('given a restore into a server with smaller transaction ids, then new events get positions, and nothing is forgotten', async () => {
    await scene.write();
    await scene.sequence();
    await rowsOf(scene.url, `UPDATE event_feed_steps SET xid = '900000000000'`);
    let others: WrittenEvent[] = [];
    const late = await scene.write({}, async () => {
      others = [await scene.write()];
      await scene.sequence();
    });
    await scene.sequence();
    expect(idsOf(await scene.readAll()).slice(1)).to.deep.equal(idsOf([...others, late]));
  });

  /** Writes the versions of two subjects, in transactions of which a quarter is rolled back. */
  async function writer(transactions: number, committed: WrittenEvent[]): Promise<void> {
    const subjects = [randomUUID(), randomUUID()].map((subjectId) => ({ subjectId, version: 1 }));
    for (let n = 0; n < transactions; n += 1) {
      const subject = subjects[n % 2]!;
      const isRolledBack = Math.random() < 0.25;
      const event = scene.write({ ...subject }, async () => {
        await delay(Math.random() * 20);
        if (isRolledBack) throw new Error('rolled back');
      });
      if (isRolledBack) await thrownBy(event);
      else {
        committed.push(await event);
        subject.version += 1;
      }
    }
  }

  async function readUntil(db: FeedScene['db'], count: number, limit: number): Promise<FeedEvent[]> {
    const seen: FeedEvent[] = [];
    await eventually(async () => {
      const page = await readFeed(db, { after: seen.at(-1)?.cursor ?? FEED_START, owner: null, limit });
      if ('gone' in page) throw new Error(page.gone);
      seen.push(...page.events);
      if (seen.length < count) throw new Error(`${seen.length} of ${count} events`);
    });
    return seen;
  }
});

function versionsBySubject(events: readonly FeedEvent[]): Map<string, number[]> {
  const versions = new Map<string, number[]>();
  for (const { subjectId, version } of events)
    versions.set(subjectId, [...(versions.get(subjectId) ?? []), version]);
  return versions;
}
