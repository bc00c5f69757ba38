import { expect } from 'chai';
import {
  differencesOf,
  repairOf,
  type StockBook,
} from '../../../src/order-service/inventory/domain/stock-drift';
import { levelOf, ORIGIN } from '../../support/stock-levels';

const bookOf = (overrides: Partial<StockBook> = {}): StockBook => ({
  level: levelOf({ onHand: 5, reserved: 2 }),
  ledger: { onHand: 5, reserved: 2 },
  unattributed: 0,
  holders: [],
  ...overrides,
});

const holder = { kind: 'order', id: 'order', held: 2, expected: 0, isShipped: false } as const;

function repaired(book: StockBook) {
  const repair = repairOf(book, ORIGIN);
  return (
    repair && {
      to: [repair.to.onHand, repair.to.reserved],
      deltas: repair.changes.map(({ onHand, reserved }) => [onHand, reserved]),
    }
  );
}

describe('the drift of stock', () => {
  it('given sound books, then there is no difference', () => {
    expect(differencesOf(bookOf())).to.deep.equal([]);
  });

  it('given other counters than the ledger, then the ledger decides, and an entry says what the counters were', () => {
    const book = bookOf({ level: levelOf({ onHand: 9, reserved: 1 }) });
    expect(differencesOf(book)).to.deep.equal([
      'the counters are 9 on hand, 1 reserved, the sum of the ledger is 5 on hand, 2 reserved',
    ]);
    expect(repaired(book)).to.deep.equal({ to: [5, 2], deltas: [[0, 0]] });
    const [entry] = repairOf(book, ORIGIN)!.changes;
    expect([entry!.cause, entry!.reason]).to.deep.equal([
      'drift_repaired',
      'the counters were 9 on hand, 1 reserved',
    ]);
  });

  it('given an ended order that still holds units, then they are released; those of a shipped one leave the stock', () => {
    const cancelled = bookOf({ holders: [holder] });
    expect(differencesOf(cancelled)).to.deep.equal([
      'the order order holds 2 in the ledger; it should hold 0',
    ]);
    expect(repaired(cancelled)).to.deep.equal({ to: [5, 0], deltas: [[0, -2]] });
    const shipped = bookOf({ holders: [{ ...holder, isShipped: true }] });
    expect(repaired(shipped)).to.deep.equal({ to: [3, 0], deltas: [[-2, -2]] });
    expect(repairOf(shipped, ORIGIN)!.changes[0]).to.include({ orderId: 'order', cause: 'drift_repaired' });
  });

  it('given units that nothing holds, or a reservation without units, then orders and reservations decide', () => {
    expect(repaired(bookOf({ unattributed: 2 }))).to.deep.equal({ to: [5, 0], deltas: [[0, -2]] });
    const reservation = { kind: 'reservation', id: 'cart', held: 0, expected: 3, isShipped: false } as const;
    const book = bookOf({ holders: [reservation] });
    expect(repaired(book)).to.deep.equal({ to: [5, 5], deltas: [[0, 3]] });
    expect(repairOf(book, ORIGIN)!.changes[0]).to.include({ reservationId: 'cart' });
  });

  it('given more units that should be held than there are, then it cannot be repaired, unless backorders allow it', () => {
    const holders = [{ ...holder, held: 0, expected: 4 }];
    expect(repaired(bookOf({ holders }))).to.equal(null);
    const level = levelOf({ onHand: 5, reserved: 2, backorderLimit: 1 });
    expect(repaired(bookOf({ level, holders }))).to.deep.equal({ to: [5, 6], deltas: [[0, 4]] });
  });
});
