import { setImmediate as tick } from 'node:timers/promises';
import { expect } from 'chai';
import sinon from 'sinon';
import { createPollPacing, type PollPacing } from '../../../src/shared/queue/poll-pacing';

const POLLERS = 3;
const FULL = true;
const NOT_FULL = false;

describe('the pacing of pollers', () => {
  /** Aborts pending waits of a test, some of which take a minute. */
  let over: AbortController;
  beforeEach(() => {
    over = new AbortController();
  });
  afterEach(() => {
    over.abort();
    sinon.restore();
  });

  /** Pollers that request a receive slot at the same time, and the slots granted so far. */
  function ask(turns: PollPacing, signal = over.signal) {
    const given: (((isFull: boolean) => void) | null)[] = [];
    const asked = Promise.all(
      Array.from({ length: POLLERS }, () => turns.acquire(signal).then((end) => given.push(end))),
    );
    return { given, asked };
  }

  it('given several pollers, then one receives at a time, the next after its answer', async () => {
    const { given } = ask(createPollPacing(POLLERS, () => 0));
    await tick();
    expect(given).to.have.length(1);
    given[0]!(NOT_FULL);
    await tick();
    expect(given).to.have.length(2);
  });

  it('given a full answer, then all receive at once, until an answer is not full', async () => {
    const turns = createPollPacing(POLLERS, () => 60_000);
    (await turns.acquire(over.signal))!(FULL);
    const { given, asked } = ask(turns);
    await asked;
    expect(given, 'and the pace does not apply').to.have.length(POLLERS);
    given.forEach((end) => end!(NOT_FULL));
    const next = ask(turns);
    await tick();
    expect(next.given).to.have.length(0);
  });

  it('given a pace, then the next receive starts that long after the start of the previous one', async () => {
    const clock = sinon.useFakeTimers({ now: 1_000, toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    const { given } = ask(createPollPacing(POLLERS, () => 20));
    await clock.tickAsync(0);
    given[0]!(NOT_FULL);
    await clock.tickAsync(19);
    expect(given).to.have.length(1);
    await clock.tickAsync(1);
    expect(given).to.have.length(2);
    await clock.tickAsync(30);
    given[1]!(NOT_FULL);
    await clock.tickAsync(0);
    expect(given, 'a receive that took longer than the pace').to.have.length(3);
  });

  it('given a receive that does not end, then the next one starts a second later, and so on', async () => {
    const clock = sinon.useFakeTimers({ now: 1_000, toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    const { given } = ask(createPollPacing(POLLERS, () => 20));
    await clock.tickAsync(999);
    expect(given).to.have.length(1);
    await clock.tickAsync(1);
    expect(given).to.have.length(2);
    await clock.tickAsync(1_000);
    expect(given).to.have.length(3);
  });

  it('given a stop, then pollers that wait for a slot or for the pace return at once, and the slot is free again', async () => {
    const turns = createPollPacing(POLLERS, () => 60_000);
    const stopping = new AbortController();
    (await turns.acquire(stopping.signal))!(NOT_FULL);
    const { given, asked } = ask(turns, stopping.signal);
    stopping.abort();
    await asked;
    expect(given).to.deep.equal([null, null, null]);
    expect(await turns.acquire(stopping.signal)).to.equal(null);
  });
});
