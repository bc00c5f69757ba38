import { expect } from 'chai';
import {
  isStalledTooLong,
  livenessStep,
  stalledAfter,
  takeMessage,
} from '../../../src/order-service/streams/domain/websocket-limits';

describe('the limits of a WebSocket', () => {
  const rate = { burst: 3, perSecond: 2 };

  /** The number of messages at these times, in milliseconds, that are allowed before the first that is not. */
  function allowedOf(times: readonly number[]): number {
    let allowance: ReturnType<typeof takeMessage> = { left: rate.burst, at: 0 };
    let allowed = 0;
    for (const time of times) {
      allowance = allowance && takeMessage(allowance, rate, time);
      if (allowance) allowed += 1;
    }
    return allowed;
  }

  it('given a burst, then as many messages as it allows; given the rate, then any number', () => {
    expect(allowedOf([0, 0, 0, 0])).to.equal(3);
    expect(allowedOf([0, 0, 0, 499])).to.equal(3);
    expect(allowedOf([0, 0, 0, 500, 1_000, 1_500])).to.equal(6);
    expect(allowedOf([0, 0, 0, 3_600_000, 3_600_000, 3_600_000, 3_600_000])).to.equal(6);
  });

  const reader = { maxBufferedBytes: 100, resumeBelowBytes: 25, maxStallMs: 1_000 };

  it('given a buffer, then a reader stalls above the limit, until it has read most of it', () => {
    expect(stalledAfter(null, 100, reader, 5)).to.equal(null);
    expect(stalledAfter(null, 101, reader, 5)).to.equal(5);
    expect(stalledAfter(5, 26, reader, 9)).to.equal(5);
    expect(stalledAfter(5, 25, reader, 9)).to.equal(null);
  });

  it('given a stalled reader, then it is stalled too long after the time limit', () => {
    expect(isStalledTooLong(null, reader, 9_999)).to.equal(false);
    expect(isStalledTooLong(5, reader, 1_004)).to.equal(false);
    expect(isStalledTooLong(5, reader, 1_005)).to.equal(true);
  });

  it('given an interval, then a ping when it is over, and the end when nothing came since the last one', () => {
    expect(livenessStep({ pingedAt: 0, hasAnswered: false }, 20, 19)).to.equal('none');
    expect(livenessStep({ pingedAt: 0, hasAnswered: true }, 20, 20)).to.equal('ping');
    expect(livenessStep({ pingedAt: 0, hasAnswered: false }, 20, 20)).to.equal('terminate');
  });
});
