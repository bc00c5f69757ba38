import { expect } from 'chai';
import fc from 'fast-check';
import { allocate, type StockRequest } from '../../../src/order-service/inventory/domain/allocate';
import { byProduct, levelOf } from '../../support/stock-levels';

const needs = (quantities: Record<string, number>) => new Map(Object.entries(quantities));

describe('the allocation of stock', () => {
  it('given three requests for two units, then the first two to arrive get them', () => {
    const one = { needs: needs({ lamp: 1 }) };
    expect(allocate(byProduct([levelOf({ onHand: 2 })]), [one, one, one])).to.deep.equal([
      null,
      null,
      [{ productId: 'lamp', requested: 1, available: 0 }],
    ]);
  });

  it('given a request of which one product is short, then it takes nothing of the others', () => {
    const levels = byProduct([levelOf({ onHand: 1 }), levelOf({ productId: 'bulb', onHand: 1 })]);
    const answers = allocate(levels, [
      { needs: needs({ lamp: 1, bulb: 2 }) },
      { needs: needs({ lamp: 1, bulb: 1 }) },
    ]);
    expect(answers).to.deep.equal([[{ productId: 'bulb', requested: 2, available: 1 }], null]);
  });

  it('given a product without stock, then it is unlimited; with backorders, then up to their limit', () => {
    const levels = byProduct([levelOf({ onHand: 1, reserved: 2, backorderLimit: 3 })]);
    const answers = allocate(levels, [
      { needs: needs({ other: 1_000_000_000 }) },
      { needs: needs({ lamp: 3 }) },
      { needs: needs({ lamp: 2 }) },
    ]);
    expect(answers).to.deep.equal([null, [{ productId: 'lamp', requested: 3, available: 2 }], null]);
  });

  it('given a request that gives units back, then it can take them, and a later request what is left of them', () => {
    const levels = byProduct([
      levelOf({ onHand: 4, reserved: 4 }),
      levelOf({ productId: 'bulb', onHand: 1, reserved: 1 }),
    ]);
    const answers = allocate(levels, [
      { needs: needs({ lamp: 5 }), freed: needs({ lamp: 4, bulb: 1 }) },
      { needs: needs({ bulb: 1 }) },
      { needs: needs({ lamp: 3 }), freed: needs({ lamp: 4, bulb: 1 }) },
      { needs: needs({ lamp: 1, bulb: 1 }) },
    ]);
    expect(answers).to.deep.equal([
      [{ productId: 'lamp', requested: 5, available: 4 }],
      [{ productId: 'bulb', requested: 1, available: 0 }],
      null,
      null,
    ]);
  });

  it('given a counter that is lower than what a request gives back, then it gives back only what is counted', () => {
    const levels = byProduct([levelOf({ onHand: 3, reserved: 1 })]);
    const freed = needs({ lamp: 3 });
    expect(
      allocate(levels, [
        { needs: needs({ lamp: 4 }), freed },
        { needs: needs({ lamp: 2 }), freed },
        { needs: needs({ lamp: 2 }) },
      ]),
    ).to.deep.equal([
      [{ productId: 'lamp', requested: 4, available: 3 }],
      null,
      [{ productId: 'lamp', requested: 2, available: 1 }],
    ]);
  });

  describe('for any stock and requests', () => {
    const products = ['a', 'b', 'c', 'd'];
    const quantities = fc
      .dictionary(fc.constantFrom(...products, 'unlimited'), fc.integer({ min: 1, max: 9 }))
      .map(needs);
    const levels = fc
      .array(
        fc.record({
          productId: fc.constantFrom(...products),
          onHand: fc.nat(20),
          backorderLimit: fc.nat(4),
          share: fc.double({ min: 0, max: 1, noNaN: true }),
        }),
        { maxLength: 4 },
      )
      .map((rows) =>
        byProduct(
          rows.map(({ share, ...row }) =>
            levelOf({ ...row, reserved: Math.floor(share * (row.onHand + row.backorderLimit)) }),
          ),
        ),
      );
    /** What is freed has been reserved before, so that it is a part of `reserved`. */
    const requests = fc.array(fc.record({ needs: quantities, freedShare: fc.nat(3) }), { maxLength: 12 });

    /** The requests, with something that each gives back and that no other gives back. */
    function withFreed(
      stock: ReadonlyMap<string, { reserved: number }>,
      wanted: readonly { needs: Map<string, number>; freedShare: number }[],
    ): StockRequest[] {
      const left = new Map([...stock].map(([id, { reserved }]) => [id, reserved]));
      return wanted.map(({ needs: needed, freedShare }) => {
        const freed = new Map<string, number>();
        for (const [id, rest] of left) {
          const given = Math.min(rest, freedShare);
          if (given > 0) freed.set(id, given);
          left.set(id, rest - given);
        }
        return { needs: needed, freed };
      });
    }

    it('then nothing is ever promised twice, and a request is refused only for what was short when it arrived', () => {
      fc.assert(
        fc.property(levels, requests, (stock, wanted) => {
          const all = withFreed(stock, wanted);
          const answers = allocate(stock, all);
          const reserved = new Map([...stock].map(([id, level]) => [id, level.reserved]));
          all.forEach(({ needs: needed, freed }, index) => {
            const short = [...needed].filter(([id, quantity]) => {
              const level = stock.get(id);
              if (!level) return false;
              return (
                reserved.get(id)! - (freed?.get(id) ?? 0) + quantity > level.onHand + level.backorderLimit
              );
            });
            const answer = answers[index];
            expect(answer?.map(({ productId }) => productId) ?? []).to.have.members(short.map(([id]) => id));
            if (answer) return;
            for (const id of stock.keys())
              reserved.set(id, reserved.get(id)! - (freed?.get(id) ?? 0) + (needed.get(id) ?? 0));
            for (const [id, level] of stock)
              expect(reserved.get(id)).to.be.within(0, level.onHand + level.backorderLimit);
          });
        }),
      );
    });

    it('then a request that is added at the end changes no earlier answer', () => {
      fc.assert(
        fc.property(levels, requests, quantities, (stock, wanted, last) => {
          const all = withFreed(stock, wanted);
          expect(allocate(stock, [...all, { needs: last }]).slice(0, -1)).to.deep.equal(allocate(stock, all));
        }),
      );
    });
  });
});
