import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { type FeedPage, latestCursor, readFeed } from '../../../src/shared/event-log/event-feed';
import { FEED_START, type FeedCursor } from '../../../src/shared/event-log/feed-cursor';
import { hasEventsBehind } from '../../../src/shared/event-log/subject-in-feed';
import { feedScene, type FeedScene } from '../../support/feed-scene';
import { rowsOf } from '../../support/rows';

const OTHERS = 45_000;

describe('one subject in the event feed', () => {
  let scene: FeedScene;
  const subjectId = randomUUID();
  beforeEach(async () => (scene = await feedScene()));
  afterEach(() => scene.stop());

  const page = async (after: FeedCursor, limit = 10, owner: string | null = 'shop'): Promise<FeedPage> => {
    const read = await scene.db.transaction((tx) => readFeed(tx, { after, owner, subjectId, limit }));
    if ('gone' in read) throw new Error(read.gone);
    return read;
  };
  const versionsOf = ({ events }: FeedPage): number[] => events.map(({ version }) => version);
  const isBehind = (cursor: FeedCursor): Promise<boolean> =>
    scene.db.transaction((tx) => hasEventsBehind(tx, cursor, subjectId));

  it('given events of other subjects in between, then the pages have those of the subject, and end behind the feed', async () => {
    for (const version of [1, 2, 3]) {
      await scene.write();
      await scene.write({ subjectId, version });
      await scene.write({ owner: 'other' });
      await scene.sequence();
    }
    const first = await page(FEED_START, 2);
    expect([versionsOf(first), first.hasMore, first.next]).to.deep.equal([
      [1, 2],
      true,
      first.events[1]!.cursor,
    ]);
    const last = await page(first.next, 2);
    expect([versionsOf(last), last.hasMore, last.next]).to.deep.equal([
      [3],
      false,
      await latestCursor(scene.db),
    ]);
    expect(versionsOf(await page(FEED_START, 10, null))).to.deep.equal([1, 2, 3]);
    expect(versionsOf(await page(FEED_START, 10, 'other'))).to.deep.equal([]);
    expect(await isBehind(first.next)).to.equal(true);
    expect(await isBehind(last.events[0]!.cursor)).to.equal(false);
  });

  it('given an event that has no position yet, then it is behind every cursor', async () => {
    await scene.write({ subjectId, version: 1 });
    await scene.sequence();
    await scene.write({ subjectId, version: 2 });
    const end = await latestCursor(scene.db);
    expect(await isBehind(end)).to.equal(true);
    await scene.sequence();
    expect(await isBehind(end)).to.equal(true);
    expect(await isBehind(await latestCursor(scene.db))).to.equal(false);
  });

  it('given a subject without events, then the page is empty and nothing is behind', async () => {
    await scene.write();
    await scene.sequence();
    const { events, next } = await page(FEED_START);
    expect([events, next]).to.deep.equal([[], await latestCursor(scene.db)]);
    expect(await isBehind(FEED_START)).to.equal(false);
  });

  it(`given ${OTHERS} events of the owner in between, then each page looks through a part of them`, async () => {
    await scene.write({ subjectId, version: 1 });
    await scene.sequence();
    const { eventId } = await scene.write({ subjectId, version: 2 });
    await rowsOf(
      scene.url,
      `INSERT INTO event_feed (position, seq, event_id, owner)
       SELECT n, 1000000 + n, gen_random_uuid(), 'shop' FROM generate_series(2, ${OTHERS}) AS n
       UNION ALL SELECT ${OTHERS} + 1, seq, event_id, owner FROM events WHERE event_id = $1`,
      [eventId],
    );
    const pages: FeedPage[] = [];
    for (let after = FEED_START; pages.at(-1)?.hasMore !== false; after = pages.at(-1)!.next)
      pages.push(await page(after));
    expect(pages.map(versionsOf)).to.deep.equal([[1], [], [2]]);
    expect(pages.map(({ next }) => Number(next.position))).to.deep.equal([20_000, 40_000, OTHERS + 1]);
  });
});
