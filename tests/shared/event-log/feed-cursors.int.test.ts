import { expect } from 'chai';
import {
  earliestCursor,
  type FeedGone,
  type FeedPage,
  latestCursor,
  readFeed,
  resumeFeed,
} from '../../../src/shared/event-log/event-feed';
import { FEED_START, type FeedCursor } from '../../../src/shared/event-log/feed-cursor';
import { pruneFeedPositions, pruneFeedSteps } from '../../../src/shared/event-log/prune-feed';
import { backUp } from '../../support/database-backup';
import { feedScene, type FeedScene } from '../../support/feed-scene';
import { countRows, rowsOf } from '../../support/rows';

const RETENTION_DAYS = 30;
const LAST = String(2n ** 62n);

describe('a cursor of the event feed', () => {
  let scene: FeedScene;
  beforeEach(async () => (scene = await feedScene()));
  afterEach(() => scene.stop());

  const cursors = async (): Promise<FeedCursor[]> => (await scene.readAll()).map(({ cursor }) => cursor);
  const resumed = (cursor: FeedCursor): Promise<FeedCursor | FeedGone> => resumeFeed(scene.db, cursor);
  const write = async (count: number): Promise<void> => {
    for (let n = 0; n < count; n += 1) await scene.write();
    await scene.sequence();
  };

  it('given any position of the feed, then a reader resumes behind it', async () => {
    await write(5);
    const all = await cursors();
    for (const [index, cursor] of all.entries()) {
      expect(await resumed(cursor)).to.deep.equal(cursor);
      expect(await scene.readAll(cursor)).to.have.length(all.length - index - 1);
    }
    expect(await latestCursor(scene.db)).to.deep.equal(all.at(-1));
    expect(await earliestCursor(scene.db)).to.deep.equal(FEED_START);
    expect(await resumed(FEED_START)).to.deep.equal(FEED_START);
  });

  it('given an empty feed, then the start is the latest and the earliest cursor', async () => {
    expect(await latestCursor(scene.db)).to.deep.equal(FEED_START);
    expect(await earliestCursor(scene.db)).to.deep.equal(FEED_START);
    expect(await resumed(FEED_START)).to.deep.equal(FEED_START);
  });

  it('given an older backup that was put back, then cursors of the lost history are refused, also after new events took their positions', async () => {
    await write(3);
    const backup = await backUp(scene.url);
    const kept = (await cursors()).at(-1)!;
    await write(4);
    const lost = (await cursors()).slice(3);
    await backup.restore();
    for (const cursor of lost) expect(await resumed(cursor)).to.have.property('gone', 'history_changed');
    await write(10);
    for (const cursor of lost) expect(await resumed(cursor)).to.have.property('gone', 'history_changed');
    expect(await resumed(kept)).to.deep.equal(kept);
    expect(await scene.readAll(kept)).to.have.length(10);
  });

  it('given expired events, then older cursors are refused with the earliest one, from which nothing is missing', async () => {
    await write(6);
    const all = await cursors();
    await age(4, RETENTION_DAYS + 1);
    expect(await pruneFeedPositions(scene.db, RETENTION_DAYS, LAST)).to.equal(3);
    expect(await pruneFeedPositions(scene.db, RETENTION_DAYS, LAST)).to.equal(0);
    const earliest = await earliestCursor(scene.db);
    for (const cursor of [FEED_START, ...all.slice(0, 3)])
      expect(await resumed(cursor)).to.deep.equal({ gone: 'pruned', earliest });
    expect(await resumed(earliest)).to.deep.equal(earliest);
    expect(earliest).to.deep.equal(all[3]);
    expect(await scene.readAll(earliest)).to.have.length(2);
  });

  it('given a feed whose events have all expired, then its last position stays', async () => {
    await write(3);
    const last = (await cursors()).at(-1)!;
    await age(3, RETENTION_DAYS + 1);
    expect(await pruneFeedPositions(scene.db, RETENTION_DAYS, LAST)).to.equal(2);
    await rowsOf(scene.url, 'DELETE FROM events');
    expect(await resumed(last)).to.deep.equal(last);
    expect(await resumed(FEED_START)).to.deep.equal({ gone: 'pruned', earliest: last });
  });

  it('given expired events that a reader of this service has not passed, then they stay', async () => {
    await write(5);
    await age(5, RETENTION_DAYS + 1);
    expect(await pruneFeedPositions(scene.db, RETENTION_DAYS, '2')).to.equal(2);
    expect(await pruneFeedPositions(scene.db, RETENTION_DAYS, '2')).to.equal(0);
  });

  it('given an event that left the log before the feed, then a page with it is refused, and pruning removes its position', async () => {
    await write(4);
    await rowsOf(scene.url, 'DELETE FROM events WHERE seq = (SELECT seq FROM event_feed WHERE position = 2)');
    const { gone, earliest } = (await readFrom(FEED_START)) as FeedGone;
    expect(gone).to.equal('pruned');
    expect(await resumed(earliest)).to.deep.equal(earliest);
    expect(await scene.readAll(earliest)).to.have.length(2);
    expect(await pruneFeedPositions(scene.db, RETENTION_DAYS, LAST)).to.equal(1);
    expect(await scene.readAll(await earliestCursor(scene.db))).to.have.length(2);
  });

  it('given an older backup that was restored under a running reader, then its next page says so, whatever positions were given since', async () => {
    await write(3);
    const backup = await backUp(scene.url);
    await write(4);
    const { next } = await page(FEED_START);
    await backup.restore();
    expect(await readFrom(next)).to.include({ gone: 'history_changed' });
    await write(4);
    expect(await readFrom(next)).to.include({ gone: 'history_changed' });
    await write(2);
    expect(await readFrom(next)).to.include({ gone: 'history_changed' });
    const { next: kept } = await page(FEED_START);
    expect(await readFrom(kept)).to.deep.equal({ events: [], next: kept, hasMore: false });
  });

  it('given a reader that slept while positions behind its cursor expired, then its next page says so', async () => {
    await write(6);
    const all = await cursors();
    await age(4, RETENTION_DAYS + 1);
    await pruneFeedPositions(scene.db, RETENTION_DAYS, LAST);
    expect(await readFrom(all[2]!)).to.deep.equal({ gone: 'pruned', earliest: all[3] });
    expect((await page(all[3]!)).events.map(({ cursor }) => cursor)).to.deep.equal(all.slice(4));
  });

  it('given an owner without events, then its reader advances with the feed, so that pruning never overtakes it', async () => {
    await scene.write({ owner: 'quiet' });
    await write(3);
    const { events, next } = await page(FEED_START, 'quiet');
    expect(events).to.have.length(1);
    await write(2);
    const later = await page(next, 'quiet');
    expect(later).to.deep.equal({ events: [], next: await latestCursor(scene.db), hasMore: false });
    await age(6, RETENTION_DAYS + 1);
    await pruneFeedPositions(scene.db, RETENTION_DAYS, LAST);
    expect(await page(later.next, 'quiet')).to.deep.equal(later);
    expect(await readFrom(next, 'quiet')).to.include({ gone: 'pruned' });
  });

  it('given a feed that begins later, then cursors before its start are refused with the start', async () => {
    await write(4);
    const all = await cursors();
    const start = '2';
    for (const cursor of [FEED_START, all[0]!]) {
      expect(await resumeFeed(scene.db, cursor, start)).to.deep.equal({ gone: 'pruned', earliest: all[1] });
      const request = { after: cursor, owner: null, limit: 10 };
      expect(await readFeed(scene.db, request, start)).to.deep.equal({ gone: 'pruned', earliest: all[1] });
    }
    for (const cursor of all.slice(1))
      expect(await resumeFeed(scene.db, cursor, start)).to.deep.equal(cursor);
    expect(await earliestCursor(scene.db, start)).to.deep.equal(all[1]);
    await age(3, RETENTION_DAYS + 1);
    await pruneFeedPositions(scene.db, RETENTION_DAYS, LAST);
    expect(await earliestCursor(scene.db, start)).to.deep.equal(all[2]);
  });

  const readFrom = (after: FeedCursor, owner: string | null = null): Promise<FeedPage | FeedGone> =>
    readFeed(scene.db, { after, owner, limit: 10 });

  async function page(after: FeedCursor, owner: string | null = null): Promise<FeedPage> {
    const read = await readFrom(after, owner);
    if ('gone' in read) throw new Error(`the feed is ${read.gone}`);
    return read;
  }

  it('given thousands of steps, then the old ones are removed and the sequencer goes on', async () => {
    await write(1);
    await rowsOf(
      scene.url,
      `INSERT INTO event_feed_steps SELECT n, 1, high, '{}', '3' FROM event_feed_steps, generate_series(2, 3000) n WHERE step = 1`,
    );
    expect(await pruneFeedSteps(scene.db)).to.equal(2_000);
    expect(await pruneFeedSteps(scene.db)).to.equal(0);
    expect(await countRows(scene.url, 'event_feed_steps')).to.equal(1_001);
    await write(1);
    expect((await cursors()).map(({ position }) => position)).to.deep.equal(['1', '2']);
  });

  /** Makes the first events older. */
  const age = (count: number, days: number): Promise<unknown> =>
    rowsOf(
      scene.url,
      `UPDATE events SET occurred_at = occurred_at - make_interval(days => $2)
        WHERE seq IN (SELECT seq FROM event_feed WHERE position <= $1)`,
      [count, days],
    );
});
