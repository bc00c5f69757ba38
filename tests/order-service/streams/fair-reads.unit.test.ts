import { expect } from 'chai';
import { EXAMPLE_PUBLIC_EVENT } from '../../../src/shared/contracts/public-event-examples';
import { type FeedCursor } from '../../../src/shared/event-log/feed-cursor';
import { type FedEvent } from '../../../src/order-service/orders/use-cases/read-public-events';
import { createFairQueue } from '../../../src/order-service/streams/workers/fair-queue';
import { type PublicFeed } from '../../../src/order-service/streams/workers/feed-tail';
import { createStreamHub } from '../../../src/order-service/streams/workers/stream-hub';
import { eventually } from '../../support/eventually';
import { silentLogger } from '../../support/service-pair';

const cursorAt = (position: number): FeedCursor => ({ position: String(position), proof: '0'.repeat(16) });
const END = cursorAt(10);

/** A feed whose pages of the owner `busy` arrive when the test releases them. */
function slowFeed() {
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  let reads = 0;
  const feed: PublicFeed = {
    latest: () => Promise.resolve(END),
    check: (cursor) => Promise.resolve(cursor),
    async read({ owner }) {
      if (owner === 'busy') {
        reads += 1;
        await released;
      }
      const event: FedEvent = { event: EXAMPLE_PUBLIC_EVENT, owner: owner ?? '', cursor: cursorAt(5) };
      return { events: [event], next: END, hasMore: false };
    },
  };
  return { feed, release, busyReads: () => reads };
}

describe('the reads of streams that resume', () => {
  it('given one client whose many streams read slowly, then the streams of another client resume meanwhile', async () => {
    const { feed, release, busyReads } = slowFeed();
    const hub = createStreamHub({ feed, logger: silentLogger });
    const received = new Map<string, number>();
    const resume = async (owner: string): Promise<void> => {
      const listener = {
        owner,
        filter: {},
        onEvents(events: readonly FedEvent[]) {
          received.set(owner, (received.get(owner) ?? 0) + events.length);
          return true;
        },
        onEnd: () => undefined,
      };
      const subscription = await hub.subscribe({ listener, after: cursorAt(1) });
      if ('gone' in subscription) throw new Error('gone');
      subscription.resume();
    };
    for (let count = 0; count < 20; count += 1) await resume('busy');
    await eventually(() => expect(busyReads()).to.equal(2));
    await resume('other');
    await eventually(() => expect(received.get('other')).to.equal(1));
    expect(busyReads()).to.equal(2);
    release();
    await eventually(() => expect(received.get('busy')).to.equal(20));
    hub.endAll();
  });

  it('given waiting work of one owner, then that of another comes after the share of the first, and failures free the slots', async () => {
    const queue = createFairQueue({ max: 1, maxPerOwner: 2 });
    const log: string[] = [];
    const run = (owner: string, name: string): Promise<unknown> =>
      queue(owner, () => {
        log.push(name);
        return Promise.reject(new Error(name));
      }).catch((error: Error) => error.message);
    const runs = ['a1', 'a2', 'a3', 'a4', 'b1'].map((name) => run(name.slice(0, 1), name));
    expect(await Promise.all(runs)).to.deep.equal(['a1', 'a2', 'a3', 'a4', 'b1']);
    expect(log.indexOf('b1')).to.be.below(3);
  });
});
