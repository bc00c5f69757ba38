import { expect } from 'chai';
import sinon from 'sinon';
import { createLoadPace } from '../../../src/shared/runtime/load-pace';

describe('the pace that follows the load', () => {
  let clock: sinon.SinonFakeTimers;
  let utilization: number;
  beforeEach(() => {
    clock = sinon.useFakeTimers({ toFake: ['performance'] });
  });
  afterEach(() => clock.restore());

  const createPace = () => createLoadPace({ idleMs: 5, busyMs: 30 }, () => utilization);

  function paceAt(pace: () => number, share: number): number {
    utilization = share;
    clock.tick(200);
    return pace();
  }

  it('given an event loop that works up to three tenths of the time, then the pace is the one of an idle process', () => {
    const pace = createPace();
    expect([pace(), paceAt(pace, 0), paceAt(pace, 0.3)]).to.deep.equal([5, 5, 5]);
  });

  it('given an event loop that works seven tenths of the time or more, then the pace is the one of a busy process', () => {
    const pace = createPace();
    expect([paceAt(pace, 0.7), paceAt(pace, 1)]).to.deep.equal([30, 30]);
  });

  it('given a load in between, then the pace is in proportion, and follows the load down again', () => {
    const pace = createPace();
    expect(paceAt(pace, 0.5)).to.be.closeTo(17.5, 0.001);
    expect(paceAt(pace, 0.1)).to.equal(5);
  });

  it('given another call within 200 ms, then the load is not measured again', () => {
    const pace = createPace();
    expect(paceAt(pace, 1)).to.equal(30);
    utilization = 0;
    clock.tick(199);
    expect(pace()).to.equal(30);
    clock.tick(1);
    expect(pace()).to.equal(5);
  });

  it('given this process, then the share of its event loop is measured', async () => {
    clock.restore();
    const pace = createLoadPace({ idleMs: 5, busyMs: 30 });
    const end = performance.now() + 250;
    while (performance.now() < end);
    expect(pace()).to.equal(30);
  });
});
