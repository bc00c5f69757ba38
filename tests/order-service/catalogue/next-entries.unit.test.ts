import { expect } from 'chai';
import fc from 'fast-check';
import { nextEntries } from '../../../src/order-service/catalogue/use-cases/list-products';

describe('the next part of a page of products', () => {
  it('given how many of the candidates were found, then it reads what the page still needs, and half as many again', () => {
    expect(nextEntries({ read: 41, found: 10, missing: 11, left: 2_959 })).to.equal(68);
    expect(nextEntries({ read: 41, found: 20, missing: 1, left: 2_959 })).to.equal(41);
    expect(nextEntries({ read: 3, found: 1, missing: 1, left: 2_997 })).to.equal(20);
  });

  it('given that nothing was found, or little is left, then it reads all that is left', () => {
    expect(nextEntries({ read: 41, found: 0, missing: 21, left: 2_959 })).to.equal(2_959);
    expect(nextEntries({ read: 2_900, found: 20, missing: 1, left: 100 })).to.equal(100);
  });

  it('given candidates of which any match, then a page is read in at most nine parts', () => {
    const density = fc.constantFrom(0, 0.001, 0.01, 0.1, 0.3, 0.5, 0.9, 1);
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100 }),
        fc.array(fc.record({ length: fc.integer({ min: 1, max: 1_000 }), density }), { minLength: 1 }),
        (limit, stretches) => {
          const matches = stretches.flatMap(({ length, density: share }) =>
            Array.from({ length }, (_, at) => Math.floor((at + 1) * share) > Math.floor(at * share)),
          );
          expect(partsOf(limit, matches)).to.be.at.most(9);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('given a page that lacks only the product behind it, then it is read in at most nine parts', () => {
    for (let limit = 1; limit <= 100; limit += 1) {
      const matches = Array.from({ length: 2 * limit + 1 }, (_, at) => at < limit);
      expect(partsOf(limit, matches)).to.be.at.most(9);
    }
  });
});

/** In how many parts a page is read; behind the given candidates none matches. */
function partsOf(limit: number, matches: readonly boolean[]): number {
  let [read, found, parts, entries] = [0, 0, 0, 2 * limit + 1];
  while (read < 3_000 && found <= limit) {
    expect(entries).to.be.within(1, 3_000 - read);
    found += matches.slice(read, read + entries).filter(Boolean).length;
    read += entries;
    parts += 1;
    entries = nextEntries({ read, found, missing: limit + 1 - found, left: 3_000 - read });
  }
  return parts;
}
