import { expect } from 'chai';
import fc, { type Arbitrary } from 'fast-check';
import { placeOrder } from '../../../src/order-service/orders/domain/place-order';
import { toOrderResource } from '../../../src/order-service/orders/domain/order-resource';
import { createOrderBody } from '../../../src/order-service/orders/routes/order-schemas';
import { inexactNumber } from '../../../src/shared/contracts/exact-numbers';
import { orderSnapshot } from '../../../src/shared/contracts/messages';
import { AppError } from '../../../src/shared/errors';
import { freeOrder } from '../../support/free-order';

/** A currency of each class, and the bound below which the contract guarantees exact amounts. */
const CLASSES = [
  { code: 'JPY', decimals: 0, bound: 2n ** 53n },
  { code: 'USD', decimals: 2, bound: 2n ** 46n },
  { code: 'KWD', decimals: 3, bound: 2n ** 43n },
] as const;

/** The order created by a request body; null when it is refused. */
function placed(price: string, code: string, quantity = 1) {
  const json = `{"customer_id":"c","currency":"${code}","items":[{"product_id":"p","quantity":${quantity},"unit_price":${price}}]}`;
  const body = createOrderBody.safeParse(JSON.parse(json));
  if (inexactNumber(json) || !body.success) return null;
  try {
    return placeOrder(
      freeOrder(body.data.order, 'client'),
      '0190a0a0-0000-7000-8000-000000000001',
      new Date(0),
    );
  } catch (error) {
    expect(error).to.be.instanceOf(AppError);
    return null;
  }
}

/** The amount in minor units by integer arithmetic; null when the text has more decimals than the currency. */
function exactMinorUnits(text: string, decimals: number): bigint | null {
  const [whole = '', fraction = ''] = text.split('.');
  const kept = fraction.replace(/0+$/, '');
  return kept.length > decimals ? null : BigInt(whole + kept.padEnd(decimals, '0'));
}

/** Decimal text with about as many digits as a double holds, so that many are near the limit. */
const amountText = (decimals: number): Arbitrary<string> =>
  fc
    .tuple(
      fc.oneof(fc.bigInt({ min: 0n, max: 2n ** 54n }), fc.bigInt({ min: 0n, max: 10n ** 6n })),
      fc.stringMatching(new RegExp(`^[0-9]{0,${decimals + 3}}$`)),
    )
    .map(([whole, fraction]) => (fraction === '' ? String(whole) : `${whole}.${fraction}`));

for (const { code, decimals, bound } of CLASSES) {
  describe(`an amount in ${code}, with ${decimals} decimals`, () => {
    it('given any decimal text, then it is stored and shown exactly, or refused', () => {
      let accepted = 0;
      fc.assert(
        fc.property(amountText(decimals), (text) => {
          const step = placed(text, code);
          if (!step) return;
          accepted += 1;
          const exact = exactMinorUnits(text, decimals);
          const { order, event } = step;
          expect(BigInt(order.items[0]!.unitPrice)).to.equal(exact);
          for (const shown of [toOrderResource(order), event.payload as ReturnType<typeof toOrderResource>]) {
            const json = JSON.stringify([shown.items[0]!.unit_price, shown.total_amount]);
            const texts = json.slice(1, -1).split(',');
            expect(texts.map((one) => exactMinorUnits(one, decimals))).to.deep.equal([exact, exact]);
          }
        }),
        { numRuns: 3_000 },
      );
      expect(accepted).to.be.greaterThan(100);
    });

    it('given any amount of the currency below the bound of the contract, then it is accepted', () => {
      const scale = 10n ** BigInt(decimals);
      const minor = fc.oneof(
        fc.bigInt(1n, bound * scale - 1n),
        fc.bigInt(bound * scale - 1_000n, bound * scale - 1n),
      );
      fc.assert(
        fc.property(minor, (value) => {
          const fraction = decimals === 0 ? '' : `.${String(value % scale).padStart(decimals, '0')}`;
          const text = `${value / scale}${fraction}`;
          expect(placed(text, code)?.order.items[0]?.unitPrice, text).to.equal(Number(value));
        }),
        { numRuns: 1_000 },
      );
    });

    it('given any price and quantity, then the total is exact in the order and in its message, or the order is refused', () => {
      fc.assert(
        fc.property(amountText(decimals), fc.integer({ min: 1, max: 10_000 }), (text, quantity) => {
          const step = placed(text, code, quantity);
          if (!step) return;
          const exact = exactMinorUnits(text, decimals)! * BigInt(quantity);
          expect(BigInt(step.order.total)).to.equal(exact);
          const message = orderSnapshot.parse(JSON.parse(JSON.stringify(step.event.payload)));
          expect(exactMinorUnits(String(message.total_amount), decimals)).to.equal(exact);
        }),
        { numRuns: 2_000 },
      );
    });
  });
}

describe('amounts that differ from their rounded form', () => {
  for (const [text, code] of [
    ['80000000000000.01', 'USD'],
    ['9007199254740990.4', 'JPY'],
    ['4503599627370495.2', 'JPY'],
    ['9007199254740993', 'JPY'],
    ['8796093022208.001', 'KWD'],
    ['9007199254740.9921', 'KWD'],
    ['1.0050000000000001', 'USD'],
    ['19.990000000000000000001', 'USD'],
    ['19.98999999999999999999', 'USD'],
    ['1e400', 'USD'],
    ['1e-400', 'USD'],
    ['-1', 'USD'],
    ['-0', 'USD'],
    ['0.001', 'USD'],
  ] as const)
    it(`given ${text} ${code}, then it is refused`, () => {
      expect(placed(text, code)).to.equal(null);
    });

  for (const [text, code, minor] of [
    ['80000000000000.02', 'USD', 8_000_000_000_000_002],
    ['70368744177663.99', 'USD', 7_036_874_417_766_399],
    ['9007199254740991', 'JPY', 9_007_199_254_740_991],
    ['8796093022207.999', 'KWD', 8_796_093_022_207_999],
    ['100.10', 'USD', 10_010],
    ['1e2', 'USD', 10_000],
    ['1.999E1', 'USD', 1_999],
    ['19.990000000000000000000', 'USD', 1_999],
  ] as const)
    it(`given ${text} ${code}, then it is accepted unchanged`, () => {
      expect(placed(text, code)?.order.total).to.equal(minor);
    });
});

describe('the amounts of a message', () => {
  it('given amounts with too many decimals for the currency, then the message is malformed', () => {
    const snapshot = (price: number, total: number, currency = 'USD') => ({
      client_id: 'c',
      customer_id: 'c',
      items: [{ product_id: 'p', quantity: 1, unit_price: price }],
      currency,
      total_amount: total,
    });
    expect(orderSnapshot.safeParse(snapshot(1.01, 1.01)).success).to.equal(true);
    for (const wrong of [snapshot(1.005, 1), snapshot(1, 1.005), snapshot(1.5, 1, 'JPY'), snapshot(1, 1e300)])
      expect(orderSnapshot.safeParse(wrong).success).to.equal(false);
  });
});
