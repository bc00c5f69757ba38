import { expect } from 'chai';
import {
  LEAST_RETENTION_DAYS,
  MAX_RETRY_AFTER_MS,
  parseRetryAfter,
  RETRY_DELAYS_MS,
  retryDelayMs,
} from '../../../src/order-service/webhooks/domain/retry-schedule';

describe('the schedule of attempts', () => {
  it('given nine failures, then the delays are 5 s, 1, 5, 30 min, 2, 5, 10, 14 and 24 h, and the tenth failure is the last', () => {
    const seconds = RETRY_DELAYS_MS.map((ms) => ms / 1_000);
    expect(seconds).to.deep.equal([5, 60, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 86_400]);
    expect(RETRY_DELAYS_MS.map((_, index) => retryDelayMs(index + 1, null, 0))).to.deep.equal(
      RETRY_DELAYS_MS,
    );
    expect(retryDelayMs(10, null, 0)).to.equal(null);
  });

  it('given jitter, then a delay is longer by up to a fifth, never shorter', () => {
    expect(retryDelayMs(2, null, 0)).to.equal(60_000);
    expect(retryDelayMs(2, null, 1)).to.equal(72_000);
  });

  it('given a longer time that the endpoint asked for, then it applies, up to 24 hours; a shorter one does not', () => {
    expect(retryDelayMs(1, 30_000, 1)).to.equal(30_000);
    expect(retryDelayMs(1, 1_000, 0)).to.equal(5_000);
    expect(retryDelayMs(1, 10 * MAX_RETRY_AFTER_MS, 0)).to.equal(MAX_RETRY_AFTER_MS);
  });

  it('given the last attempt, then no time that the endpoint asks for adds another', () => {
    expect(retryDelayMs(10, 1_000, 0)).to.equal(null);
  });

  it('given the longest delays, then the last attempt is made before the delivery can expire', () => {
    const longest = RETRY_DELAYS_MS.map((_, index) => retryDelayMs(index + 1, MAX_RETRY_AFTER_MS, 1) ?? 0);
    const days = longest.reduce((sum, ms) => sum + ms, 0) / 86_400_000;
    expect(days).to.be.within(9, LEAST_RETENTION_DAYS);
  });
});

describe('Retry-After', () => {
  const now = new Date('2026-11-26T12:00:00.000Z');

  const cases: [string | null, number | null][] = [
    ['120', 120_000],
    [' 7 ', 7_000],
    ['0', 0],
    ['Thu, 26 Nov 2026 12:01:00 GMT', 60_000],
    ['Thursday, 26-Nov-26 12:01:00 GMT', 60_000],
    ['Thu, 26 Nov 2026 11:00:00 GMT', 0],
    [null, null],
    ['', null],
    ['-1', null],
    ['1.5', null],
    ['soon', null],
    ['2026', 2_026_000],
    ['2026-11-26T12:01:00Z', null],
    ['99999999999', null],
  ];
  for (const [header, expected] of cases)
    it(`given ${JSON.stringify(header)}, then the delay is ${String(expected)}`, () => {
      expect(parseRetryAfter(header, now)).to.equal(expected);
    });
});
