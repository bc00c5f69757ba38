import { expect } from 'chai';
import fc from 'fast-check';
import { nextEntries } from '../../../src/order-service/catalogue/use-cases/list-products';

describe('the next part of a page of products', () => {
  it('given how many of the candidates were found, then it reads what the page still needs, and half as many again', () => {
    expect(nextEntries({ read: 41, found: 10, missing: 11, left: 2_959 })).to.equal(68);
    expect(nextEntries({ read: 41, found: 20, missing: 1, left: 2_959 })).to.equal(20);
  });

  it('given that nothing was found, or little is left, then it reads all that is left', () => {
    expect(nextEntries({ read: 41, found: 0, missing: 21, left: 2_959 })).to.equal(2_959);
    expect(nextEntries({ read: 2_900, found: 20, missing: 1, left: 100 })).to.equal(100);
  });

  it('given any state, then parts follow each other only a few times', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100 }),
        fc.array(fc.double({ min: 0, max: 1, noNaN: true })),
        (limit, shares) => {
          let [read, found, parts] = [2 * limit + 1, 0, 1];
          while (read < 3_000 && found <= limit) {
            const share = shares[parts % Math.max(shares.length, 1)] ?? 0;
            const entries = nextEntries({ read, found, missing: limit + 1 - found, left: 3_000 - read });
            expect(entries).to.be.within(1, 3_000 - read);
            found += Math.min(Math.floor(entries * share), limit + 1 - found);
            read += entries;
            parts += 1;
          }
          expect(parts).to.be.below(40);
        },
      ),
    );
  });
});
