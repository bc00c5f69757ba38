import { expect } from 'chai';
import { clampReleases } from '../../../src/order-service/inventory/domain/clamp-releases';
import { byProduct, changeOf, levelOf } from '../../support/stock-levels';

const reservedBy = (...changes: number[]): number[] => {
  const levels = byProduct([levelOf({ onHand: 9, reserved: 4 }), levelOf({ productId: 'bulb', onHand: 9 })]);
  return clampReleases(
    levels,
    changes.map((reserved) => changeOf({ cause: 'reservation_expired', reserved })),
  ).map(({ reserved }) => reserved);
};

describe('the releases of reserved units', () => {
  it('given no more than is reserved, then they stay as they are', () => {
    expect(reservedBy(-1, -3)).to.deep.equal([-1, -3]);
  });

  it('given more than is reserved, then the later ones release the rest, and none takes the counter below 0', () => {
    expect(reservedBy(-3, -3, -3)).to.deep.equal([-3, -1, 0]);
    expect(reservedBy(-5, 2, -3)).to.deep.equal([-4, 2, -2]);
  });
});
