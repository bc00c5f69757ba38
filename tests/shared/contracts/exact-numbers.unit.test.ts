import { expect } from 'chai';
import fc from 'fast-check';
import { inexactNumber } from '../../../src/shared/contracts/exact-numbers';

/** The value of a decimal literal as a fraction: numerator and power of ten of the denominator. */
function exactValue(literal: string): [bigint, number] {
  const [mantissa = '', exponent = '0'] = literal.toLowerCase().split('e');
  const [whole = '', fraction = ''] = mantissa.split('.');
  return [BigInt(whole + fraction), fraction.length - Number(exponent)];
}

function isSameNumber(a: string, b: string): boolean {
  const [[x, xScale], [y, yScale]] = [exactValue(a), exactValue(b)];
  const scale = Math.max(xScale, yScale);
  return x * 10n ** BigInt(scale - xScale) === y * 10n ** BigInt(scale - yScale);
}

describe('a number in JSON', () => {
  it('given any literal, then it is reported exactly when its double prints as another number', () => {
    const digits = (max: number) => fc.stringMatching(new RegExp(`^[0-9]{1,${max}}$`));
    const whole = digits(22).map((text) => text.replace(/^0+(?=.)/, ''));
    const literal = fc
      .tuple(
        fc.constantFrom('', '-'),
        whole,
        fc.option(digits(22)),
        fc.option(fc.integer({ min: -30, max: 30 })),
      )
      .map(
        ([sign, int, fraction, exponent]) =>
          `${sign}${int}${fraction === null ? '' : `.${fraction}`}${exponent === null ? '' : `e${exponent}`}`,
      );
    fc.assert(
      fc.property(literal, fc.constantFrom('', ' ', '\n\t'), (text, space) => {
        const json = `{"a":[{"b c":${space}${text}}]}`;
        const isExact = isSameNumber(text, String(Number(text)));
        expect(inexactNumber(json)?.path ?? null).to.equal(isExact ? null : 'a[0].b c');
      }),
      { numRuns: 3_000 },
    );
  });

  it('given numbers outside the range of a double, then they are reported, also those that would become zero', () => {
    for (const text of [
      '1e400',
      '-1E400',
      '1e-400',
      '4.9e-324',
      '1e99999999999999999999',
      `1${'0'.repeat(400)}`,
    ])
      expect(inexactNumber(`[0,${text}]`)?.path, text).to.equal('[1]');
    for (const text of ['5e-324', '1.7976931348623157e308', '0e999', '-0', '0.00000000000000000000'])
      expect(inexactNumber(`[${text}]`), text).to.equal(null);
  });

  it('given a body that is nothing but a number, then its path is empty', () => {
    expect(inexactNumber('12345678901234567891')?.path).to.equal('');
    expect(inexactNumber(' 12345678901234567891')?.path).to.equal('');
  });

  it('given strings and member names with digits, then they are ignored', () => {
    const text = fc.oneof(
      fc.constantFrom(
        '12345678901234567891',
        ': 12345678901234567891,',
        '\\":12345678901234567891',
        '[1e999]',
        '"',
      ),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.dictionary(text, fc.array(text)), (value) => {
        expect(inexactNumber(JSON.stringify(value))).to.equal(null);
        expect(
          inexactNumber(JSON.stringify({ value, at: [0] }).replace('"at":[0]', '"at":[1e999]'))?.path,
        ).to.equal('at[0]');
      }),
    );
  });

  it('given a hundred kilobytes of worst-case input, then the check is fast', () => {
    const hostile = [
      `0.${'0'.repeat(100_000)}1`,
      `1.${'0'.repeat(100_000)}1`,
      '9'.repeat(100_000),
      `["${'\\"'.repeat(50_000)}",12345678901234567891]`,
      `[${'1e999,'.repeat(16_000)}1]`,
      `${'['.repeat(49_000)}12345678901234567891${']'.repeat(49_000)}`,
    ];
    for (const json of hostile) expect(inexactNumber(json)).not.to.equal(null);
  }).timeout(30_000);
});
