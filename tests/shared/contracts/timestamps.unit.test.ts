import { expect } from 'chai';
import fc from 'fast-check';
import { timestamp, utcTimestamp } from '../../../src/shared/contracts/timestamps';
import { ACCEPTED_TIMES, REFUSED_TIMES } from '../../support/edge-times';

describe('a time in a request', () => {
  it('given a year outside of 1 to 9999 in UTC, or another form than RFC 3339, then it is refused', () => {
    for (const text of REFUSED_TIMES) expect(timestamp.safeParse(text).success, text).to.equal(false);
  });

  it('given the limits of the range, any offset and up to nine decimals, then the result is the same instant', () => {
    for (const [text, instant] of ACCEPTED_TIMES)
      expect(new Date(timestamp.parse(text)).toISOString(), text).to.equal(instant);
  });

  it('given any accepted time, then it is written with a four-digit year, in the format of the services', () => {
    const digits = (count: number, max: number) =>
      fc.integer({ min: 0, max }).map((value) => String(value).padStart(count, '0'));
    const text = fc
      .tuple(
        digits(4, 9999),
        digits(2, 13),
        digits(2, 32),
        digits(2, 24),
        digits(2, 60),
        digits(2, 60),
        digits(2, 24),
      )
      .map(
        ([year, month, day, hour, minute, second, offset]) =>
          `${year}-${month}-${day}T${hour}:${minute}:${second}-${offset}:30`,
      );
    fc.assert(
      fc.property(text, (value) => {
        if (!timestamp.safeParse(value).success) return;
        expect(utcTimestamp.safeParse(new Date(value).toISOString()).success).to.equal(true);
      }),
      { numRuns: 2_000 },
    );
  });
});
