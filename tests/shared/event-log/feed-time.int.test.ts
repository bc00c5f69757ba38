import { expect } from 'chai';
import { cursorBefore } from '../../../src/shared/event-log/feed-time';
import { type FeedScene, feedScene } from '../../support/feed-scene';
import { rowsOf } from '../../support/rows';

describe('the position of a time in the event feed', () => {
  let scene: FeedScene;

  beforeEach(async () => {
    scene = await feedScene();
  });

  afterEach(() => scene.stop());

  /** Events that happened at these minutes after noon. */
  async function write(minutes: readonly number[]): Promise<void> {
    for (let count = 0; count < minutes.length; count += 1) await scene.write();
    await scene.sequence();
    await rowsOf(
      scene.url,
      `UPDATE events e SET occurred_at = timestamptz '2026-11-26T12:00:00Z' + make_interval(mins => ($1::int[])[f.position])
         FROM event_feed f WHERE f.seq = e.seq`,
      [minutes],
    );
  }

  const positionBefore = async (minute: number): Promise<string | undefined> =>
    (await cursorBefore(scene.db, new Date(Date.UTC(2026, 10, 26, 12, minute))))?.position;

  it('given an empty feed, then there is none', async () => {
    expect(await positionBefore(0)).to.equal(undefined);
  });

  it('given events at different times, then it is the last one that happened before', async () => {
    await write([0, 1, 1, 3, 5, 5, 8]);
    const found = await Promise.all([0, 1, 2, 3, 4, 5, 6, 8, 9].map(positionBefore));
    expect(found).to.deep.equal([undefined, '1', '3', '3', '4', '4', '6', '6', '7']);
  });

  it('given a feed whose first positions were removed, then it is found among the others', async () => {
    await write([0, 1, 2, 3, 4]);
    await rowsOf(scene.url, 'DELETE FROM event_feed WHERE position < 3');
    expect(await Promise.all([1, 2, 3, 5].map(positionBefore))).to.deep.equal([
      undefined,
      undefined,
      '3',
      '5',
    ]);
  });

  it('given the cursor, then a reader that continues there gets the events that happened since', async () => {
    await write([0, 1, 2, 3, 4]);
    const cursor = await cursorBefore(scene.db, new Date('2026-11-26T12:02:30Z'));
    expect(await scene.readAll(cursor!)).to.have.length(2);
  });
});
