import { expect } from 'chai';
import { EXAMPLE_PUBLIC_EVENT } from '../../../src/shared/contracts/public-event-examples';
import { type FeedCursor } from '../../../src/shared/event-log/feed-cursor';
import { type FedEvent } from '../../../src/order-service/orders/use-cases/read-public-events';
import { RecentEvents } from '../../../src/order-service/streams/workers/recent-events';

const cursorAt = (position: number): FeedCursor => ({ position: String(position), proof: '0'.repeat(16) });

/** An event whose JSON has somewhat more characters than `size`. */
const eventAt = (position: number, size: number): FedEvent => ({
  event: { ...EXAMPLE_PUBLIC_EVENT, correlation_id: 'x'.repeat(size) },
  owner: 'shop',
  cursor: cursorAt(position),
});

describe('the recent events', () => {
  it('given large events, when their JSON exceeds the limit, then only the later ones are held, up to half of it', () => {
    const recent = new RecentEvents(cursorAt(0), 1_000, 1_000_000);
    for (let position = 1; position <= 95; position += 1)
      recent.append([eventAt(position, 100_000)], cursorAt(position));
    const held = [...Array(96).keys()].filter((position) => recent.isCompleteBehind(position));
    expect(held).to.have.lengthOf.within(2, 10);
    expect(recent.behind(held[0]!).map(({ cursor }) => Number(cursor.position))).to.deep.equal(held.slice(1));
    expect(recent.hasCursor(cursorAt(95))).to.equal(true);
  });

  it('given many events, when their number exceeds the limit, then the later half is held', () => {
    const recent = new RecentEvents(cursorAt(0), 10);
    const events = [...Array(11).keys()].map((index) => eventAt(index + 1, 1));
    recent.append(events, cursorAt(11));
    expect([recent.isCompleteBehind(5), recent.isCompleteBehind(6)]).to.deep.equal([false, true]);
    expect(recent.behind(6)).to.deep.equal(events.slice(6));
  });

  it('given one event above the limit, then nothing is held, and a reader behind it is complete', () => {
    const recent = new RecentEvents(cursorAt(0), 10, 1_000);
    recent.append([eventAt(1, 2_000)], cursorAt(2));
    expect([recent.isCompleteBehind(0), recent.isCompleteBehind(1)]).to.deep.equal([false, true]);
    expect(recent.behind(1)).to.deep.equal([]);
    expect(recent.hasCursor(cursorAt(2))).to.equal(true);
  });
});
