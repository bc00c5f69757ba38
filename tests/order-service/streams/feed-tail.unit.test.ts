import { expect } from 'chai';
import { UNAVAILABLE } from '../../../src/shared/contracts/problem';
import { EXAMPLE_PUBLIC_EVENT } from '../../../src/shared/contracts/public-event-examples';
import { AppError } from '../../../src/shared/errors';
import { type FeedCursor } from '../../../src/shared/event-log/feed-cursor';
import { FeedTail, type PublicFeed } from '../../../src/order-service/streams/workers/feed-tail';
import { thrownBy } from '../../support/thrown-by';

const cursorAt = (position: number): FeedCursor => ({ position: String(position), proof: '0'.repeat(16) });

describe('the tail of the feed', () => {
  it('given a page that takes too long, then the next pages are smaller, until one succeeds', async () => {
    const limits: number[] = [];
    const feed: PublicFeed = {
      latest: () => Promise.resolve(cursorAt(0)),
      check: (cursor) => Promise.resolve(cursor),
      read({ limit }) {
        limits.push(limit);
        if (limit > 100) return Promise.reject(new AppError(UNAVAILABLE, 'it took too long'));
        const events = [{ event: EXAMPLE_PUBLIC_EVENT, owner: 'shop', cursor: cursorAt(1) }];
        return Promise.resolve({ events, next: cursorAt(1), hasMore: true });
      },
    };
    const tail = new FeedTail(feed, () => undefined);
    const recent = await tail.open();
    for (let n = 0; n < 3; n += 1) await thrownBy(tail.read(recent));
    const page = await tail.read(recent);
    expect('events' in page && page.events).to.have.length(1);
    expect(limits).to.deep.equal([500, 250, 125, 62]);
  });
});
