import { expect } from 'chai';
import { createSingleFlight } from '../../../src/shared/runtime/single-flight';

describe('work that concurrent callers share', () => {
  it('given concurrent callers with one key, then the work is done once, and all get its result; other keys have their own', async () => {
    const share = createSingleFlight<number>();
    let done = 0;
    const work = async (): Promise<number> => {
      await new Promise(setImmediate);
      return (done += 1);
    };
    expect(await Promise.all([share('a', work), share('a', work), share('b', work)])).to.deep.equal([
      1, 1, 2,
    ]);
    expect(await share('a', work), 'a later caller').to.equal(3);
  });

  it('given work that fails, then all callers get its error, and the next caller does the work again', async () => {
    const share = createSingleFlight<string>();
    const fails = (): Promise<string> => Promise.reject(new Error('broken'));
    const errors = await Promise.all(
      [1, 2].map(() => share('a', fails).catch((error: Error) => error.message)),
    );
    expect(errors).to.deep.equal(['broken', 'broken']);
    expect(await share('a', () => Promise.resolve('repaired'))).to.equal('repaired');
  });
});
