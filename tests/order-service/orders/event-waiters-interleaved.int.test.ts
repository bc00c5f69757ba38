import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import fc from 'fast-check';
import {
  createEventWaiters,
  type EventWaiters,
} from '../../../src/order-service/orders/use-cases/event-waiters';
import { latestCursor } from '../../../src/shared/event-log/event-feed';
import { FEED_START, type FeedCursor, isBehind } from '../../../src/shared/event-log/feed-cursor';
import { feedScene, type FeedScene } from '../../support/feed-scene';

const OWNERS = ['shop', 'other'] as const;
type Owner = (typeof OWNERS)[number];

/** A number selects a cursor or a reader among those that there are. */
type Action =
  | { kind: 'write'; owner: Owner }
  | { kind: 'join'; owner: Owner; behind: number }
  | { kind: 'leave'; reader: number }
  | { kind: 'step' };

const owner = fc.constantFrom(...OWNERS);
const action: fc.Arbitrary<Action> = fc.oneof(
  fc.record({ kind: fc.constant('write' as const), owner }),
  fc.record({ kind: fc.constant('join' as const), owner, behind: fc.nat(3) }),
  fc.record({ kind: fc.constant('leave' as const), reader: fc.nat() }),
  fc.constant({ kind: 'step' as const }),
);

describe('readers that begin and end to wait in any order', function () {
  this.timeout(60_000);
  let scene: FeedScene;
  let waiters: EventWaiters;
  let written: { owner: Owner; cursor: FeedCursor }[];
  beforeEach(async () => {
    scene = await feedScene();
    written = [];
    waiters = createEventWaiters(scene.db, () => undefined);
  });
  afterEach(async () => {
    waiters.end();
    await scene.stop();
  });

  async function write(by: Owner): Promise<FeedCursor> {
    await scene.write({ owner: by, subjectId: randomUUID(), subjectType: 'order', type: 'ORDER_CREATED' });
    await scene.sequence();
    const cursor = await latestCursor(scene.db);
    written.push({ owner: by, cursor });
    return cursor;
  }

  /** A reader that checks the cursor behind which it would continue. */
  function join(by: Owner, after: FeedCursor): { leave(): void; end: Promise<boolean> } {
    const leaving = new AbortController();
    const end = waiters.wait({ after, owner: by, filter: {} }, 600_000, leaving.signal).then((outcome) => {
      const skipped = written.filter(
        ({ owner: of, cursor }) => of === by && isBehind(after, cursor) && !isBehind(outcome.cursor, cursor),
      );
      expect(skipped, 'events that the reader never sees').to.deep.equal([]);
      return outcome.mayMatch;
    });
    return { leave: () => leaving.abort(), end };
  }

  it('given two readers before the first step, the second one behind the first, then the second has to read', async () => {
    const [one, two] = [await write('other'), await write('shop')];
    const readers = [join('other', two), join('shop', one)];
    await waiters.step();
    readers.forEach(({ leave }) => leave());
    expect(await Promise.all(readers.map(({ end }) => end))).to.deep.equal([false, true]);
  });

  it('given any order of joins, events, steps and ends, then no reader continues behind an event that it wanted', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(action, { minLength: 4, maxLength: 25 }), async (actions) => {
        waiters = createEventWaiters(scene.db, () => undefined);
        const readers: ReturnType<typeof join>[] = [];
        for (const next of actions)
          if (next.kind === 'write') await write(next.owner);
          else if (next.kind === 'step') await waiters.step();
          else if (next.kind === 'join')
            readers.push(join(next.owner, written.at(-1 - next.behind)?.cursor ?? FEED_START));
          else readers.at(next.reader % (readers.length || 1))?.leave();
        await waiters.step();
        waiters.end();
        await Promise.all(readers.map(({ end }) => end));
      }),
      { numRuns: 40 },
    );
  });
});
