import { expect } from 'chai';
import {
  type AttemptAnswer,
  type SettledDelivery,
  type TakenDelivery,
} from '../../../src/order-service/webhooks/domain/delivery';
import { healthChanges } from '../../../src/order-service/webhooks/domain/endpoint-health';
import { settleAttempt } from '../../../src/order-service/webhooks/domain/settle-attempt';

const now = new Date('2026-11-26T12:00:00.000Z');

const taken = (changes: Partial<TakenDelivery> = {}): TakenDelivery => ({
  endpointId: 'e1',
  subjectId: 'o1',
  version: 1,
  eventId: 'id',
  type: 'order.created',
  attempt: 1,
  tries: 0,
  endpointVersion: 1,
  isEndpointFailing: false,
  ...changes,
});

const answered = (status: number, retryAfter: string | null = null): AttemptAnswer => ({
  kind: 'answered',
  status,
  latencyMs: 12.4,
  retryAfter,
  excerpt: 'text',
});

const settle = (answer: AttemptAnswer, delivery = taken()): SettledDelivery =>
  settleAttempt(delivery, answer, { attemptedAt: now, now, random: 0 });

describe('the end of an attempt', () => {
  for (const status of [200, 201, 204, 299])
    it(`given ${status}, then the delivery has succeeded`, () => {
      expect(settle(answered(status))).to.include({
        outcome: 'succeeded',
        httpStatus: status,
        latencyMs: 12,
      });
    });

  for (const status of [301, 302, 307, 308, 400, 404, 429, 500, 503])
    it(`given ${status}, then the delivery is repeated`, () => {
      expect(settle(answered(status))).to.include({ outcome: 'retried', delayMs: 5_000, httpStatus: status });
    });

  it('given no answer, then the delivery is repeated, and the reason is kept', () => {
    const failed: AttemptAnswer = { kind: 'failed', latencyMs: 15_000, error: 'no response in time' };
    const expected = {
      outcome: 'retried',
      delayMs: 60_000,
      httpStatus: null,
      error: 'no response in time',
      excerpt: null,
    };
    expect(settle(failed, taken({ tries: 1 }))).to.include(expected);
  });

  it('given the tenth failure, then the delivery has failed', () => {
    expect(settle(answered(500), taken({ tries: 9 }))).to.include({ outcome: 'failed' });
  });

  it('given 410, then the delivery has failed at once', () => {
    expect(settle(answered(410))).to.include({ outcome: 'failed' });
  });

  it('given Retry-After with 429 or 503, then it counts; with another status it does not', () => {
    for (const status of [429, 503]) expect(settle(answered(status, '100'))).to.include({ delayMs: 100_000 });
    expect(settle(answered(500, '100'))).to.include({ delayMs: 5_000 });
  });
});

describe('the state of an endpoint after attempts', () => {
  it('given successes of an endpoint that did not fail, then nothing is written', () => {
    expect(healthChanges([settle(answered(200)), settle(answered(200))])).to.deep.equal([]);
  });

  it('given failures before and behind a success, then only those behind it count', () => {
    const settled = [500, 500, 200, 500].map((status) => settle(answered(status)));
    const expected = { endpointId: 'e1', endpointVersion: 1, hasSucceeded: true, failures: 1, isGone: false };
    expect(healthChanges(settled)).to.deep.equal([expected]);
  });

  it('given a success of an endpoint that was failing, then its failures end', () => {
    const settled = [settle(answered(200), taken({ isEndpointFailing: true }))];
    const expected = { endpointId: 'e1', endpointVersion: 1, hasSucceeded: true, failures: 0, isGone: false };
    expect(healthChanges(settled)).to.deep.equal([expected]);
  });

  it('given attempts without a request, then nothing counts', () => {
    const returned = { ...settle(answered(500)), outcome: 'returned', delayMs: 0 } as SettledDelivery;
    expect(healthChanges([returned])).to.deep.equal([]);
  });

  it('given 410 among successes, then the endpoint is gone; others are not', () => {
    const ofOther = settle(answered(500), taken({ endpointId: 'e0' }));
    const settled = [settle(answered(410)), ofOther, settle(answered(200))];
    expect(healthChanges(settled)).to.deep.equal([
      { endpointId: 'e0', endpointVersion: 1, hasSucceeded: false, failures: 1, isGone: false },
      { endpointId: 'e1', endpointVersion: 1, hasSucceeded: true, failures: 0, isGone: true },
    ]);
  });

  it('given attempts for two versions of the endpoint, then those for the earlier one do not count, whatever their order', () => {
    const former = settle(answered(410), taken({ endpointVersion: 1 }));
    const latest = settle(answered(500), taken({ endpointVersion: 2 }));
    const expected = {
      endpointId: 'e1',
      endpointVersion: 2,
      hasSucceeded: false,
      failures: 1,
      isGone: false,
    };
    expect(healthChanges([former, latest])).to.deep.equal([expected]);
    expect(healthChanges([latest, former])).to.deep.equal([expected]);
  });
});
