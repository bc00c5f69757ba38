import { setImmediate as tick } from 'node:timers/promises';
import { expect } from 'chai';
import sinon from 'sinon';
import { createPollPacing, type PollPacing } from '../../../src/shared/queue/poll-pacing';

const POLLERS = 3;
const FULL = true;
const NOT_FULL = false;

describe('the turns of pollers', () => {
  /** Ends the waits of a test that are still going on, a minute long some of them. */
  let over: AbortController;
  beforeEach(() => {
    over = new AbortController();
  });
  afterEach(() => {
    over.abort();
    sinon.restore();
  });

  /** Pollers that ask for their turn at the same time; what each was given, once it was. */
  function ask(turns: PollPacing, signal = over.signal) {
    const given: (((isFull: boolean) => void) | null)[] = [];
    const asked = Promise.all(
      Array.from({ length: POLLERS }, () => turns.acquire(signal).then((end) => given.push(end))),
    );
    return { given, asked };
  }

  it('given several pollers, then one asks at a time, the next when it has its answer', async () => {
    const { given } = ask(createPollPacing(POLLERS, 0));
    await tick();
    expect(given).to.have.length(1);
    given[0]!(NOT_FULL);
    await tick();
    expect(given).to.have.length(2);
  });

  it('given an answer that was full, then all ask at once, until one is not', async () => {
    const turns = createPollPacing(POLLERS, 60_000);
    (await turns.acquire(over.signal))!(FULL);
    const { given, asked } = ask(turns);
    await asked;
    expect(given, 'and nobody keeps the pace').to.have.length(POLLERS);
    given.forEach((end) => end!(NOT_FULL));
    const next = ask(turns);
    await tick();
    expect(next.given).to.have.length(0);
  });

  it('given a pace, then the next turn begins that long after the one before, however soon that ended', async () => {
    const clock = sinon.useFakeTimers({ now: 1_000, toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    const { given } = ask(createPollPacing(POLLERS, 20));
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

  it('given a receive that does not end, then the next asks a second later, and so on', async () => {
    const clock = sinon.useFakeTimers({ now: 1_000, toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    const { given } = ask(createPollPacing(POLLERS, 20));
    await clock.tickAsync(999);
    expect(given).to.have.length(1);
    await clock.tickAsync(1);
    expect(given).to.have.length(2);
    await clock.tickAsync(1_000);
    expect(given).to.have.length(3);
  });

  it('given a stop, then whoever waits for a turn, or for the pace, is told at once, and the turn is free again', async () => {
    const turns = createPollPacing(POLLERS, 60_000);
    const stopping = new AbortController();
    (await turns.acquire(stopping.signal))!(NOT_FULL);
    const { given, asked } = ask(turns, stopping.signal);
    stopping.abort();
    await asked;
    expect(given).to.deep.equal([null, null, null]);
    expect(await turns.acquire(stopping.signal)).to.equal(null);
  });
});
