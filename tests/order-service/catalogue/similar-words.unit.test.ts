import { expect } from 'chai';
import fc from 'fast-check';
import {
  allowedMistakes,
  editDistance,
  similarWords,
} from '../../../src/order-service/catalogue/domain/similar-words';

describe('similar words', () => {
  it('given two words, then the distance counts insertions, removals, replacements and exchanged neighbours', () => {
    const cases: [from: string, to: string, distance: number][] = [
      ['lamp', 'lamp', 0],
      ['lamp', 'lamps', 1],
      ['lamp', 'lap', 1],
      ['lamp', 'lamb', 1],
      ['lamp', 'lapm', 1],
      ['lamp', 'almp', 1],
      ['lamp', '', 4],
      ['', 'lamp', 4],
      ['hedphnes', 'headphones', 2],
      ['ab', 'ba', 1],
      ['abc', 'cab', 2],
      ['😀a', 'a😀', 1],
    ];
    for (const [from, to, distance] of cases)
      expect(editDistance(from, to), `${from} ${to}`).to.equal(distance);
  });

  it('given any words, then the distance is symmetric, at most the longer length, and 0 only for equal words', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c', '😀'), maxLength: 8 });
    fc.assert(
      fc.property(word, word, (a, b) => {
        const distance = editDistance(a, b);
        expect(distance).to.equal(editDistance(b, a));
        expect(distance).to.be.at.most(Math.max([...a].length, [...b].length));
        expect(distance === 0).to.equal(a === b);
      }),
    );
  });

  it('given the length of a word, then it may have no, one or two mistakes; a code may have none', () => {
    const mistakes = ['cat', 'lamp', 'kitchen', 'keyboard', 'usb3', '12345', '機械'].map(allowedMistakes);
    expect(mistakes).to.deep.equal([0, 1, 1, 2, 0, 0, 0]);
  });

  it('given known words, then the nearest come first, and those that are too different are left out', () => {
    const known = ['headphone', 'headphones', 'headset', 'megaphones', 'headphonez'];
    expect(similarWords('headphonez', known)).to.deep.equal(['headphonez', 'headphone', 'headphones']);
    expect(similarWords('lamb', ['lamp', 'limb', 'lambda', 'lump'])).to.deep.equal(['lamp', 'limb']);
  });
});
