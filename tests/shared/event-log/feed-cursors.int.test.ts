import { expect } from 'chai';
import {
  earliestCursor,
  type FeedGone,
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
    expect(await pruneFeedPositions(scene.db, RETENTION_DAYS, LAST)).to.equal(4);
    expect(await pruneFeedPositions(scene.db, RETENTION_DAYS, LAST)).to.equal(0);
    const earliest = await earliestCursor(scene.db);
    for (const cursor of [FEED_START, ...all.slice(0, 4)])
      expect(await resumed(cursor)).to.deep.equal({ gone: 'pruned', earliest });
    expect(await resumed(earliest)).to.deep.equal(earliest);
    expect(earliest).to.deep.equal(all[4]);
    expect(await scene.readAll(earliest)).to.have.length(1);
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
    const page = await readFeed(scene.db, { after: FEED_START, owner: null, limit: 10 });
    const { gone, earliest } = page as FeedGone;
    expect(gone).to.equal('pruned');
    expect(await resumed(earliest)).to.deep.equal(earliest);
    expect(await scene.readAll(earliest)).to.have.length(2);
    expect(await pruneFeedPositions(scene.db, RETENTION_DAYS, LAST)).to.equal(2);
    expect(await scene.readAll(await earliestCursor(scene.db))).to.have.length(1);
  });

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
