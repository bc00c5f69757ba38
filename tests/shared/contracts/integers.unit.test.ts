import { expect } from 'chai';
import fc from 'fast-check';
import { integerText, MAX_INTEGER } from '../../../src/shared/contracts/integers';

const FORMS = [
  '0x2',
  '0b1',
  '0o7',
  '1e1',
  '5.0',
  '5.',
  ' 5',
  '5 ',
  '5\n',
  '+5',
  '-0',
  '05',
  '',
  ' ',
  '٣',
  '５',
  '1_0',
  '1,0',
];

describe('an integer in text', () => {
  const schema = integerText(0, MAX_INTEGER);

  it('given any integer of the range, then its decimal form is that integer', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: MAX_INTEGER }), (value) => {
        expect(schema.parse(String(value))).to.equal(value);
      }),
    );
    expect(integerText(-5, 5).parse('-5')).to.equal(-5);
  });

  it('given another form, a number out of range, or a repeated parameter, then the refusal names the range', () => {
    for (const value of [...FORMS, '-1', '2147483648', '1'.repeat(400), ['5'], ['5', '6'], null, {}]) {
      const { error } = schema.safeParse(value);
      expect(error?.issues[0]?.message, JSON.stringify(value)).to.equal(
        'must be a whole number from 0 to 2147483647',
      );
    }
  });

  it('given any text, then it is refused unless it is the decimal form of an integer of the range', () => {
    const text = fc.oneof(fc.string(), fc.double().map(String), fc.maxSafeInteger().map(String));
    fc.assert(
      fc.property(text, (value) => {
        const number = Number(value);
        const isCanonical = Number.isInteger(number) && String(number) === value;
        const isInRange = number >= 0 && number <= MAX_INTEGER;
        expect(schema.safeParse(value).success).to.equal(isCanonical && isInRange);
      }),
    );
  });
});
