import { expect } from 'chai';
import { momentFaults, type StockMoment } from './stock-moment';

const moment = (changes: Partial<StockMoment>): StockMoment => ({
  ...{ name: 'LAMP', onHand: 5, reserved: 5, backorderLimit: 0 },
  ...{ ledgerOnHand: 5, ledgerReserved: 5, promised: 5 },
  ...changes,
});

/** The number of products with a fault of each kind. */
function countsOf(...moments: StockMoment[]): { oversold: number; differences: number } {
  const { oversold, differences } = momentFaults(moments);
  return { oversold: oversold.length, differences: differences.length };
}

describe('the stock at one moment', () => {
  it('given everything reserved that is on hand, and units in advance within the limit, then there is no fault', () => {
    const inAdvance = moment({ reserved: 7, ledgerReserved: 7, promised: 7, backorderLimit: 2 });
    expect(countsOf(moment({}), inAdvance)).to.deep.equal({ oversold: 0, differences: 0 });
  });

  it('given more reserved than on hand, or a counter below zero, then it is oversold', () => {
    const below = moment({ onHand: -1, reserved: -1, ledgerOnHand: -1, ledgerReserved: -1, promised: -1 });
    const tooMany = moment({ reserved: 6, ledgerReserved: 6, promised: 6 });
    expect(countsOf(below, tooMany)).to.deep.equal({ oversold: 2, differences: 0 });
  });

  const different: Partial<StockMoment>[] = [{ ledgerOnHand: 4 }, { ledgerReserved: 4 }, { promised: 4 }];
  for (const changes of different) {
    it(`given ${JSON.stringify(changes)}, then the books differ`, () => {
      expect(countsOf(moment(changes))).to.deep.equal({ oversold: 0, differences: 1 });
    });
  }
});
