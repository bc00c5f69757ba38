import { expect } from 'chai';
import { createPageSizes } from '../../../src/shared/resilience/page-sizes';
import { thrownBy } from '../../support/thrown-by';

describe('the sizes of pages', () => {
  const failing = (): Promise<number> => Promise.reject(new Error('too large'));
  const working = (limit: number): Promise<number> => Promise.resolve(limit);

  it('given failures, then the next page has half the size, down to the fewest; successes double it up to the usual size', async () => {
    const pages = createPageSizes(20);
    const request = { key: 'a', most: 100 };
    const sizes: number[] = [];
    for (let n = 0; n < 4; n += 1)
      await thrownBy(
        pages(request, (limit) => {
          sizes.push(limit);
          return failing();
        }),
      );
    for (let n = 0; n < 5; n += 1) sizes.push(await pages(request, working));
    expect(sizes).to.deep.equal([100, 50, 25, 20, 20, 40, 80, 100, 100]);
  });

  it('given a failure, then readers with other keys keep their size', async () => {
    const pages = createPageSizes(20);
    await thrownBy(pages({ key: 'a', most: 100 }, failing));
    expect(await pages({ key: 'b', most: 100 }, working)).to.equal(100);
    expect(await pages({ key: 'a', most: 100 }, working)).to.equal(50);
  });

  it('given several failures at once, then the size is halved once', async () => {
    const pages = createPageSizes(20);
    await Promise.all([1, 2, 3].map(() => thrownBy(pages({ key: 'a', most: 100 }, failing))));
    expect(await pages({ key: 'a', most: 100 }, working)).to.equal(50);
  });

  it('given a usual size below the fewest, then it stays', async () => {
    const pages = createPageSizes(20);
    await thrownBy(pages({ key: 'a', most: 5 }, failing));
    expect(await pages({ key: 'a', most: 5 }, working)).to.equal(5);
  });
});
