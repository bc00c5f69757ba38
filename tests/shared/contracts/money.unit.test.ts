import { expect } from 'chai';
import fc from 'fast-check';
import {
  amount,
  amountFault,
  currency,
  CURRENCY_CODES,
  currencyDecimals,
  toJsonAmount,
  toMinorUnits,
  totalOf,
} from '../../../src/shared/contracts/money';

const codes = CURRENCY_CODES.map((code) => currency.parse(code));
const usd = currency.parse('USD');

describe('money', () => {
  it('given any amount in any currency that a double can hold, then a round trip through JSON preserves it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10 ** 14 }), fc.constantFrom(...codes), (minor, code) => {
        expect(toMinorUnits(JSON.parse(JSON.stringify(toJsonAmount(minor, code))) as number, code)).to.equal(
          minor,
        );
      }),
    );
  });

  it('given amounts that float arithmetic rounds, then they are exact', () => {
    expect(toMinorUnits(1.1, usd)).to.equal(110);
    expect(toMinorUnits(0.07, usd)).to.equal(7);
    expect(toMinorUnits(1.005, usd)).to.equal(null);
    expect(
      totalOf(
        [
          { unitPrice: 10, quantity: 1 },
          { unitPrice: 20, quantity: 1 },
        ],
        usd,
      ),
    ).to.equal(30);
    expect(toJsonAmount(30, usd)).to.equal(0.3);
  });

  it('given numbers that are not amounts, then they are refused', () => {
    for (const number of [-1, NaN, Infinity, 1e21, 1e-7, 0.001])
      expect(toMinorUnits(number, usd), String(number)).to.equal(null);
  });

  it('given an amount that is refused, then the message says whether it is too large or too exact', () => {
    const yen = currency.parse('JPY');
    expect(amountFault(2 ** 47, usd)).to.equal('must be at most 90071992547409.9 USD');
    for (const huge of [1e300, 2 ** 53])
      expect(amount.safeParse(huge).error!.issues[0]!.message).to.equal(
        'is larger than an amount can be in any currency',
      );
    expect(amountFault(1.005, usd)).to.equal(
      'must be an amount in USD, with no more decimals than that currency has',
    );
    expect(amountFault(1.5, yen)).to.contain('no more decimals');
  });

  it('given a currency without decimals and one with three, then amounts have these decimals', () => {
    expect(toMinorUnits(1999, currency.parse('JPY'))).to.equal(1999);
    expect(toMinorUnits(1.999, currency.parse('KWD'))).to.equal(1999);
    expect(toJsonAmount(5, currency.parse('KWD'))).to.equal(0.005);
  });

  it('given any lines, then the total equals integer arithmetic, or is null when it would not be exact', () => {
    const line = fc.record({
      unitPrice: fc.integer({ min: 1, max: 2 ** 45 }),
      quantity: fc.integer({ min: 1, max: 10_000 }),
    });
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 100 }), (lines) => {
        const exact = lines.reduce(
          (sum, { unitPrice, quantity }) => sum + BigInt(unitPrice) * BigInt(quantity),
          0n,
        );
        const total = totalOf(lines, usd);
        if (total !== null) expect(BigInt(total)).to.equal(exact);
        else expect(exact >= 10n ** 15n, 'a double preserves any fifteen digits').to.equal(true);
      }),
    );
  });

  it('given ISO 4217, then codes in use are accepted and others are not', () => {
    // Codes of the last amendments: 170, 171, 176, 177, 178.
    for (const code of ['USD', 'EUR', 'JPY', 'KWD', 'XOF', 'VED', 'VES', 'SLE', 'XCG', 'ZWG'])
      expect(currency.safeParse(code).success, code).to.equal(true);
    const withdrawn = ['DEM', 'HRK', 'SLL', 'CUC', 'ZWL', 'ANG', 'BGN', 'VEF', 'MRO', 'STD', 'BYR'];
    const noMoney = [
      'XXX',
      'XTS',
      'XAU',
      'XAG',
      'XPT',
      'XPD',
      'XDR',
      'XUA',
      'XSU',
      'XAD',
      'XBA',
      'XBB',
      'XBC',
      'XBD',
    ];
    const funds = ['BOV', 'CHE', 'CHW', 'CLF', 'COU', 'MXV', 'USN', 'UYI', 'UYW'];
    for (const code of ['usd', '', ...withdrawn, ...noMoney, ...funds])
      expect(currency.safeParse(code).success, code).to.equal(false);
    expect(CURRENCY_CODES).to.have.length(155);
    expect(new Set(CURRENCY_CODES).size).to.equal(CURRENCY_CODES.length);
    expect(currencyDecimals(usd)).to.equal(2);
  });
});
