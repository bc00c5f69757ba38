import { expect } from 'chai';
import sinon from 'sinon';
import { createLoadBudget, type LoadBudget } from '../../../src/shared/runtime/load-budget';

describe('a budget of background work', () => {
  let clock: sinon.SinonFakeTimers;
  let load: number;
  let budget: LoadBudget;

  beforeEach(() => {
    clock = sinon.useFakeTimers();
    load = 0;
    budget = createLoadBudget({ idlePerSecond: 1_000, busyPerSecond: 10 }, () => load);
  });

  afterEach(() => clock.restore());

  /** The pieces that a worker does in ten seconds when it does what it may every 10 ms. */
  function inTenSeconds(): number {
    let done = 0;
    for (let tick = 0; tick < 1_000; tick += 1) {
      clock.tick(10);
      const count = budget.available();
      budget.spend(count);
      done += count;
    }
    return done;
  }

  for (const [load, name, least, most] of [
    [0.6, 'an idle', 9_900, 10_100],
    [0.95, 'a busy', 95, 105],
    [0.775, 'a half busy', 950, 1_050],
  ] as const)
    it(`given ${name} process, then ${String(least)} to ${String(most)} pieces are done in ten seconds`, () => {
      setLoad(load);
      inTenSeconds();
      expect(inTenSeconds()).to.be.within(least, most);
    });

  it('given a time without work, then half a second of it is saved, and at least a few pieces', () => {
    clock.tick(60_000);
    expect(budget.available()).to.equal(500);
    setLoad(1);
    clock.tick(60_000);
    expect(budget.available()).to.equal(20);
  });

  it('given more work than was allowed, then the next waits until it is made up for', () => {
    setLoad(1);
    inTenSeconds();
    budget.spend(10);
    clock.tick(900);
    expect(budget.available()).to.equal(0);
    clock.tick(300);
    expect(budget.available()).to.be.above(0);
  });

  const setLoad = (share: number): void => {
    load = share;
  };
});
