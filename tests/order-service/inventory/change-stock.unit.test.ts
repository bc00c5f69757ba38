import { expect } from 'chai';
import fc from 'fast-check';
import { changeStock, isEntry } from '../../../src/order-service/inventory/domain/change-stock';
import { availableOf, isLow, type LedgerCause } from '../../../src/order-service/inventory/domain/stock';
import { changeOf, levelOf, NOW } from '../../support/stock-levels';

const typesOf = (...step: Parameters<typeof changeStock>): string[] =>
  changeStock(...step).events.map(({ type }) => type);

describe('changes of stock', () => {
  it('given several orders in one transaction, then one event has the net change and the number of changes of each cause', () => {
    const placed = changeOf({ cause: 'order_placed', reserved: 2 });
    const cancelled = changeOf({ cause: 'order_cancelled', reserved: -1 });
    const { after, events } = changeStock(
      levelOf({ onHand: 9, reserved: 1, version: 4 }),
      [placed, placed, cancelled],
      NOW,
    );
    expect(after).to.deep.equal(levelOf({ onHand: 9, reserved: 4, version: 5, updatedAt: NOW }));
    expect(events).to.deep.equal([
      {
        type: 'STOCK_RESERVED',
        level: after,
        change: { onHand: 0, reserved: 3, causes: { order_placed: 2, order_cancelled: 1 } },
        origin: placed.origin,
      },
    ]);
  });

  it('given each kind of net change, then the event has its name', () => {
    const level = levelOf({ onHand: 5, reserved: 2 });
    expect(typesOf(level, [changeOf({ reserved: 1 })], NOW)).to.deep.equal(['STOCK_RESERVED']);
    expect(typesOf(level, [changeOf({ reserved: -1 })], NOW)).to.deep.equal(['STOCK_RELEASED']);
    expect(typesOf(level, [changeOf({ onHand: -1, reserved: -1 })], NOW)).to.deep.equal(['STOCK_UPDATED']);
    const settings = { lowStockThreshold: 1, backorderLimit: 0 };
    expect(typesOf(level, [changeOf({ settings })], NOW)).to.deep.equal(['STOCK_UPDATED']);
    expect(typesOf(level, [changeOf({ cause: 'removed' })], NOW)).to.deep.equal(['STOCK_UPDATED']);
  });

  it('given changes that cancel each other out, then there is no event, and the version stays', () => {
    const level = levelOf({ onHand: 5, reserved: 2, version: 7 });
    const conversion = [
      changeOf({ cause: 'reservation_converted', reserved: -2 }),
      changeOf({ cause: 'order_placed', reserved: 2 }),
    ];
    expect(changeStock(level, conversion, NOW)).to.deep.equal({ before: level, after: level, events: [] });
    const unchanged = changeOf({ settings: { lowStockThreshold: null, backorderLimit: 0 } });
    expect(changeStock(level, [unchanged], NOW).events).to.deep.equal([]);
  });

  it('given a threshold, when it is crossed downwards, then an event of its own says so, once', () => {
    const level = levelOf({ onHand: 5, lowStockThreshold: 3, version: 2 });
    const { after, events } = changeStock(level, [changeOf({ cause: 'order_placed', reserved: 2 })], NOW);
    expect(events.map(({ type, level: { version } }) => [type, version])).to.deep.equal([
      ['STOCK_RESERVED', 3],
      ['STOCK_LOW', 4],
    ]);
    expect(after.version).to.equal(4);
    expect(typesOf(after, [changeOf({ reserved: 1 })], NOW)).to.deep.equal(['STOCK_RESERVED']);
    expect(typesOf(after, [changeOf({ onHand: 9 })], NOW)).to.deep.equal(['STOCK_UPDATED']);
  });

  it('given stock that is new or gets a threshold, then it can be low at once; the end of stock keeping is not a shortage', () => {
    const settings = { lowStockThreshold: 3, backorderLimit: 0 };
    const both = ['STOCK_UPDATED', 'STOCK_LOW'];
    expect(typesOf(levelOf({ version: 0 }), [changeOf({ cause: 'set', settings })], NOW)).to.deep.equal(both);
    expect(typesOf(levelOf({ onHand: 2 }), [changeOf({ settings })], NOW)).to.deep.equal(both);
    const removal = changeOf({ cause: 'removed', onHand: -9 });
    expect(typesOf(levelOf({ onHand: 9, lowStockThreshold: 3 }), [removal], NOW)).to.deep.equal([
      'STOCK_UPDATED',
    ]);
  });

  it('given a change of nothing, then it leaves no entry, unless it records a decision', () => {
    const causes: LedgerCause[] = ['set', 'adjusted', 'removed', 'drift_repaired'];
    expect(causes.filter((cause) => isEntry(changeOf({ cause })))).to.deep.equal([
      'removed',
      'drift_repaired',
    ]);
    expect(isEntry(changeOf({ reserved: 1 }))).to.equal(true);
  });

  it('given any transactions, then the counters are the sum of the ledger, each event has the next version, and low stock is announced once', () => {
    const delta = fc.integer({ min: -5, max: 5 });
    const transactions = fc.array(
      fc.array(fc.record({ onHand: delta, reserved: delta }), { minLength: 1, maxLength: 4 }),
      { maxLength: 20 },
    );
    fc.assert(
      fc.property(transactions, fc.option(fc.integer({ min: 0, max: 10 })), (all, lowStockThreshold) => {
        let level = levelOf({ lowStockThreshold, version: 1 });
        let [onHand, reserved, version, wasLow] = [0, 0, 1, isLow(level)];
        for (const deltas of all) {
          const changes = deltas.map((one) => changeOf(one));
          const { after, events } = changeStock(level, changes, NOW);
          for (const entry of changes.filter(isEntry)) {
            onHand += entry.onHand;
            reserved += entry.reserved;
          }
          expect([after.onHand, after.reserved]).to.deep.equal([onHand, reserved]);
          for (const event of events) expect(event.level.version).to.equal((version += 1));
          expect(after.version).to.equal(version);
          const low = lowStockThreshold !== null && availableOf(after) <= lowStockThreshold;
          expect(events.some(({ type }) => type === 'STOCK_LOW')).to.equal(low && !wasLow);
          expect(events.filter(({ type }) => type !== 'STOCK_LOW')).to.have.lengthOf.at.most(1);
          [level, wasLow] = [after, low];
        }
      }),
    );
  });
});
