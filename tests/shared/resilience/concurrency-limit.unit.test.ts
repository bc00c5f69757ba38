import { expect } from 'chai';
import { createConcurrencyLimit } from '../../../src/shared/resilience/concurrency-limit';
import { thrownBy } from '../../support/thrown-by';

const REFUSED = new Error('refused');
const OPTIONS = { max: 2, maxWaiting: 2, maxWaitMs: 60_000, refusal: () => REFUSED };

/** A task that runs until the test ends it. */
function held() {
  let end!: () => void;
  const isEnded = new Promise<void>((resolve) => (end = resolve));
  let hasBegun = false;
  return {
    work: () => ((hasBegun = true), isEnded.then(() => 'done')),
    end,
    hasBegun: () => hasBegun,
  };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('a concurrency limit', () => {
  const run = (key: string, signal = new AbortController().signal) => ({ key, signal });

  it('given more tasks than the maximum of a key, then the surplus waits in the order of arrival, and other keys do not wait', async () => {
    const limit = createConcurrencyLimit(OPTIONS);
    const jobs = [held(), held(), held(), held()];
    const answers = jobs.map(({ work }) => limit(run('a'), work));
    expect(await limit(run('b'), () => Promise.resolve('other'))).to.equal('other');
    expect(jobs.map(({ hasBegun }) => hasBegun())).to.deep.equal([true, true, false, false]);
    jobs[1]!.end();
    await turn();
    expect(jobs.map(({ hasBegun }) => hasBegun())).to.deep.equal([true, true, true, false]);
    jobs.forEach(({ end }) => end());
    expect(await Promise.all(answers)).to.deep.equal(['done', 'done', 'done', 'done']);
  });

  it('given a full queue, then the next task is refused at once; given a failing task, then its place is free again', async () => {
    const limit = createConcurrencyLimit({ ...OPTIONS, max: 1, maxWaiting: 1 });
    const first = held();
    const answers = [limit(run('a'), first.work), limit(run('a'), () => Promise.reject(new Error('fault')))];
    expect(await thrownBy(limit(run('a'), () => Promise.resolve('third')))).to.equal(REFUSED);
    first.end();
    expect(await thrownBy(answers[1]!)).to.have.property('message', 'fault');
    expect(await limit(run('a'), () => Promise.resolve('fourth'))).to.equal('fourth');
  });

  it('given a wait that is too long, then the task is refused and never runs', async () => {
    const limit = createConcurrencyLimit({ ...OPTIONS, max: 1 });
    const [first, second] = [held(), held()];
    const running = limit(run('a'), first.work);
    expect(await thrownBy(limit({ ...run('a'), maxWaitMs: 5 }, second.work))).to.equal(REFUSED);
    first.end();
    await running;
    await turn();
    expect(second.hasBegun()).to.equal(false);
  });

  it('given an aborted signal, then a waiting task frees its place for the next one, and a task with an aborted signal does not start', async () => {
    const limit = createConcurrencyLimit({ ...OPTIONS, max: 1 });
    const leaving = new AbortController();
    const [first, second, third] = [held(), held(), held()];
    const running = limit(run('a'), first.work);
    const left = thrownBy(limit(run('a', leaving.signal), second.work));
    const next = limit(run('a'), third.work);
    leaving.abort(new Error('left'));
    expect(await left).to.have.property('message', 'left');
    first.end();
    third.end();
    expect(await Promise.all([running, next])).to.deep.equal(['done', 'done']);
    expect(second.hasBegun()).to.equal(false);
    expect(await thrownBy(limit(run('a', leaving.signal), second.work))).to.have.property('message', 'left');
  });
});
