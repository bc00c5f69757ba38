import { expect } from 'chai';
import fc from 'fast-check';
import {
  cursorBehind,
  decodeFeedCursor,
  encodeFeedCursor,
  FEED_START,
} from '../../../src/shared/event-log/feed-cursor';

describe('the text of a feed cursor', () => {
  it('given any position and event id, then it has 22 characters and decodes to the same cursor', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: 2n ** 63n - 1n }), fc.uuid(), (position, eventId) => {
        const cursor = cursorBehind(String(position), eventId);
        const text = encodeFeedCursor(cursor);
        expect(text).to.match(/^[\w-]{22}$/);
        expect(decodeFeedCursor(text)).to.deep.equal(cursor);
      }),
    );
    expect(decodeFeedCursor(encodeFeedCursor(FEED_START))).to.deep.equal(FEED_START);
  });

  it('given any other text, then it is no cursor', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 40 }), (text) => {
        const cursor = decodeFeedCursor(text);
        expect(cursor === null || encodeFeedCursor(cursor) === text).to.equal(true);
      }),
    );
    for (const text of ['', 'x', 'A'.repeat(21), 'A'.repeat(23), `${'A'.repeat(21)}=`, '_'.repeat(22)])
      expect(decodeFeedCursor(text), text).to.equal(null);
  });
});
