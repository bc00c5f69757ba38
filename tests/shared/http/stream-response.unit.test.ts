import { expect } from 'chai';
import fc from 'fast-check';
import { resultsInOrder } from '../../../src/shared/http/stream-response';

const WINDOW = 4;

/** Tasks that the test completes. */
function controlledWork() {
  const ends = new Map<number, () => void>();
  const begun: number[] = [];
  return {
    begun,
    end: (n: number) => ends.get(n)?.(),
    work: (n: number) =>
      new Promise<string>((resolve) => {
        begun.push(n);
        ends.set(n, () => resolve(`result ${n}`));
      }),
  };
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('results in order', () => {
  it('given tasks that complete in any order, then the results are in the order of the items', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat({ max: 3 }), { maxLength: 30 }), async (delays) => {
        const work = async (n: number): Promise<number> => {
          for (let round = 0; round < (delays[n] ?? 0); round += 1) await settle();
          return n;
        };
        const found: number[] = [];
        for await (const result of resultsInOrder(delays.keys(), WINDOW, work)) found.push(result);
        expect(found).to.deep.equal([...delays.keys()]);
      }),
      { numRuns: 50 },
    );
  });

  it('given a reader that does not read, then work pauses after twice the window', async () => {
    const items = [...Array(100).keys()];
    let begun = 0;
    const results = resultsInOrder(items, WINDOW, () => Promise.resolve((begun += 1)));
    await results.next();
    for (let round = 0; round < 10; round += 1) await settle();
    expect(begun).to.equal(1 + 2 * WINDOW);
    for (let n = 0; n < 10; n += 1) await results.next();
    await settle();
    expect(begun).to.equal(11 + 2 * WINDOW);
    await results.return(undefined);
  });

  it('given a slow item, then later items continue while results can be buffered', async () => {
    const { begun, end, work } = controlledWork();
    const results = resultsInOrder([...Array(100).keys()], WINDOW, work);
    const first = results.next();
    await settle();
    expect(begun).to.deep.equal([0, 1, 2, 3]);
    for (const n of [1, 2, 3]) end(n);
    await settle();
    expect(begun).to.deep.equal([0, 1, 2, 3, 4, 5, 6]);
    end(0);
    expect((await first).value).to.equal('result 0');
    const stopped = results.return(undefined);
    for (const n of begun) end(n);
    await settle();
    for (const n of begun) end(n);
    await stopped;
  });

  it('given a reader that stops, then no task starts, and started tasks are awaited', async () => {
    const { begun, end, work } = controlledWork();
    const results = resultsInOrder([...Array(100).keys()], WINDOW, work);
    const first = results.next();
    await settle();
    end(0);
    await first;
    let isOver = false;
    const over = results.return(undefined).then(() => (isOver = true));
    const inWork = [...begun];
    await settle();
    expect(isOver).to.equal(false);
    for (const n of inWork) end(n);
    await over;
    expect(begun).to.deep.equal(inWork);
  });
});
