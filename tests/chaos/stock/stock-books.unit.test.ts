import { expect } from 'chai';
import {
  type LedgerEntry,
  type Promised,
  type StockBooks,
  type StockEvent,
  stockFaults,
} from './stock-books';

type Change = [cause: string, onHand: number, reserved: number, holder?: string];

/** The books of a lamp with 5 on hand: each element has the changes of one transaction. */
function booksOf(transactions: Change[][], promised: Partial<Promised>[], backorderLimit = 0): StockBooks {
  const all: Change[][] = [[['set', 5, 0]], ...transactions];
  const ledger = all.flatMap((changes, index) =>
    changes.map(([cause, onHand, reserved, holder = null]): LedgerEntry => ({
      ...{ productId: 'lamp', cause, onHand, reserved, holder },
      transaction: String(index),
    })),
  );
  const events = all.map((_, index): StockEvent => {
    const until = ledger.filter(({ transaction }) => Number(transaction) <= index);
    return { productId: 'lamp', version: index + 1, backorderLimit, ...sumOf(until) };
  });
  return {
    stock: [{ productId: 'lamp', sku: 'LAMP', backorderLimit, version: events.length, ...sumOf(ledger) }],
    ledger,
    events,
    promised: promised.map((one) => ({ holder: 'a', productId: 'lamp', quantity: 2, state: 'open', ...one })),
  };
}

const sumOf = (entries: readonly LedgerEntry[]) => ({
  onHand: entries.reduce((sum, { onHand }) => sum + onHand, 0),
  reserved: entries.reduce((sum, { reserved }) => sum + reserved, 0),
});

const SOUND = { oversold: [], differences: [] };
const placed = (units: number, holder = 'a'): Change => ['order_placed', 0, units, holder];
const shipped = (units: number, holder = 'a'): Change => ['order_shipped', -units, -units, holder];
const named = (what: string): string[] => [`LAMP (lamp): ${what}`];

describe('the books of the stock', () => {
  it('given orders that are open, shipped, cancelled and returned, and a reservation that became an order, then they are sound', () => {
    const books = booksOf(
      [
        [placed(1), placed(1, 'b')],
        [placed(1, 'c'), ['reservation_created', 0, 2, 'cart']],
        [shipped(1), ['order_cancelled', 0, -1, 'b'], shipped(1, 'c')],
        [['reservation_converted', 0, -2, 'cart'], placed(2, 'd')],
        [['order_returned', 1, 0, 'c']],
      ],
      [
        { state: 'shipped', quantity: 1 },
        { holder: 'b', state: 'ended', quantity: 1 },
        { holder: 'c', state: 'returned', quantity: 1 },
        { holder: 'd', state: 'open', quantity: 2 },
      ],
    );
    expect(stockFaults(books)).to.deep.equal(SOUND);
  });

  it('given a moment with more reserved than on hand, then it is oversold, though not at the end', () => {
    const books = booksOf(
      [[placed(6)], [['order_cancelled', 0, -6, 'a']]],
      [{ quantity: 6, state: 'ended' }],
    );
    expect(stockFaults(books)).to.deep.equal({
      oversold: named('5 on hand, 6 reserved at version 2'),
      differences: [],
    });
  });

  it('given a limit for orders in advance, then that much more can be reserved, and not be on hand when it is shipped', () => {
    const shippedShort: Change = ['order_shipped', -5, -6, 'a'];
    const promised = [{ quantity: 6, state: 'shipped' as const }];
    expect(stockFaults(booksOf([[placed(6)], [shippedShort]], promised, 1))).to.deep.equal(SOUND);
    expect(stockFaults(booksOf([[placed(7)]], [{ quantity: 7 }], 1)).oversold).to.have.length(1);
  });

  it('given units that are reserved and given back in one transaction, then only the states between transactions count', () => {
    const books = booksOf(
      [[['reservation_created', 0, 5, 'cart']], [placed(5), ['reservation_converted', 0, -5, 'cart']]],
      [{ quantity: 5 }],
    );
    expect(stockFaults(books)).to.deep.equal(SOUND);
  });

  const broken: [name: string, change: (books: StockBooks) => StockBooks, differences: string[]][] = [
    [
      'a counter that is not the sum of the ledger',
      (books) => ({ ...books, stock: [{ ...books.stock[0]!, onHand: 4 }] }),
      ['the counters are 4 on hand, 2 reserved, the ledger says 5 on hand, 2 reserved'],
    ],
    [
      'an event with another state than the ledger',
      (books) => ({ ...books, events: [books.events[0]!, { ...books.events[1]!, reserved: 1 }] }),
      ['change 2 is 5 on hand, 1 reserved in the events, 5 on hand, 2 reserved in the ledger'],
    ],
    [
      'a version without an event',
      (books) => ({ ...books, events: [books.events[0]!] }),
      ['it has version 2, its events 1'],
    ],
    [
      'an order that is gone',
      (books) => ({ ...books, promised: [] }),
      [
        'the ledger has 0 on hand, 2 reserved of a, which has nothing',
        '2 are reserved, orders and reservations have 0',
      ],
    ],
    [
      'an order for which too little was reserved',
      (books) => ({ ...books, promised: [{ ...books.promised[0]!, quantity: 3 }] }),
      ['a has 3, the ledger reserved 2 for it', '2 are reserved, orders and reservations have 3'],
    ],
    [
      'an ended order that still has units',
      (books) => ({ ...books, promised: [{ ...books.promised[0]!, state: 'ended' }] }),
      [
        'a is ended with 2, the ledger says 0 on hand, 2 reserved',
        '2 are reserved, orders and reservations have 0',
      ],
    ],
  ];
  for (const [name, change, differences] of broken) {
    it(`given ${name}, then the difference is named`, () => {
      const books = change(booksOf([[placed(2)]], [{}]));
      expect(stockFaults(books)).to.deep.equal({ oversold: [], differences: differences.flatMap(named) });
    });
  }
});
