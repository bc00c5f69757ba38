import { expect } from 'chai';
import {
  type Adjustment,
  newStockHistory,
  soldWithoutStock,
  type StockHistory,
  wronglyAdjusted,
} from './stock-history';

const adjustment = (by: number, changes: Partial<Adjustment> = {}): Adjustment => ({
  ...{ key: 'adjust-1', productId: 'lamp', by, outcome: 'ok', isUncertain: false },
  ...changes,
});

/** Two orders of 2 lamps each, and 3 lamps on hand. */
function historyWith(adjustments: Adjustment[], backorderLimit = 0): StockHistory {
  const two = new Map([['lamp', 2]]);
  return {
    ...newStockHistory(),
    goods: [{ client: 'shop', sku: 'LAMP', productId: 'lamp', onHand: 3, backorderLimit }],
    purchases: new Map([
      ['order-1', two],
      ['order-2', two],
    ]),
    adjustments,
  };
}

const kept = (...keys: string[]) => keys.map((key) => ({ key, isKept: true }));

describe('what clients know of the stock', () => {
  it('given more accepted than was ever on hand, then it was oversold', () => {
    expect(soldWithoutStock(historyWith([]), kept('order-1', 'order-2'))).to.deep.equal([
      'LAMP (lamp): 4 were sold, 3 were ever on hand',
    ]);
  });

  const sound: [name: string, history: StockHistory, isSecondKept: boolean][] = [
    ['an order that was cancelled', historyWith([]), false],
    ['units that came later', historyWith([adjustment(1)]), true],
    [
      'units that may have come',
      historyWith([adjustment(1, { outcome: 'unknown', isUncertain: true })]),
      true,
    ],
    [
      'units that may have come before a refusal',
      historyWith([adjustment(1, { outcome: 'refused', isUncertain: true })]),
      true,
    ],
    [
      'units that were taken away or not',
      historyWith([adjustment(1), adjustment(-1, { outcome: null, isUncertain: true })]),
      true,
    ],
    ['a product that can be ordered in advance', historyWith([], 1), true],
  ];
  for (const [name, history, isSecondKept] of sound) {
    it(`given ${name}, then it was not oversold`, () => {
      const orders = [...kept('order-1'), { key: 'order-2', isKept: isSecondKept }];
      expect(soldWithoutStock(history, orders)).to.deep.equal([]);
    });
  }

  it('given units that were refused, or taken away, then they do not count', () => {
    const refused = adjustment(1, { outcome: 'refused' });
    const taken = [adjustment(1), adjustment(-1)];
    for (const adjustments of [[refused], taken])
      expect(soldWithoutStock(historyWith(adjustments), kept('order-1', 'order-2'))).to.have.length(1);
  });

  it('given an adjustment with a clear answer, then it must be in the ledger once, or not at all when it was refused', () => {
    const timesApplied = (one: Adjustment): number[] =>
      [0, 1, 2].filter((times) => {
        const reasons = Array.from({ length: times }, () => one.key);
        return wronglyAdjusted(historyWith([one]), reasons).length === 0;
      });
    expect(timesApplied(adjustment(1))).to.deep.equal([1]);
    expect(timesApplied(adjustment(1, { outcome: 'refused' }))).to.deep.equal([0]);
    expect(timesApplied(adjustment(1, { outcome: 'refused', isUncertain: true }))).to.deep.equal([0, 1]);
    expect(timesApplied(adjustment(1, { outcome: 'unknown', isUncertain: true }))).to.deep.equal([0, 1]);
  });

  it('given an adjustment that was applied twice, then it is named with its answer', () => {
    expect(wronglyAdjusted(historyWith([adjustment(1)]), ['adjust-1', 'adjust-1'])).to.deep.equal([
      { key: 'adjust-1', what: 'applied 2 times, its answer was ok' },
    ]);
  });
});
