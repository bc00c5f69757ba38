import { expect } from 'chai';
import fc from 'fast-check';
import {
  nameTerm,
  pathsTo,
  productWords,
  searchedWords,
  termsOf,
  wordsOf,
} from '../../../src/order-service/catalogue/domain/search-terms';

describe('the terms of a product', () => {
  it('given a text, then its words are what is between other characters, in lower case, without accents, each once', () => {
    const cases: [text: string, words: string[]][] = [
      ['Desk lamp, desk-LAMP', ['desk', 'lamp']],
      ['Café CRÈME Ångström', ['cafe', 'creme', 'angstrom']],
      ['Straße STRASSE Łódź Ærø', ['strasse', 'lodz', 'aero']],
      ['LMP-10/A_b', ['lmp', '10', 'a', 'b']],
      ['Ｆｕｌｌ width', ['full', 'width']],
      ['ИГРА Ёлка', ['игра', 'елка']],
      ['機械 キーボード', ['機械', 'キーボード']],
      ['हिन्दी', ['हिन्दी']],
      ['  --  ', []],
      ['😀', []],
    ];
    for (const [text, words] of cases) expect(wordsOf(text), text).to.deep.equal(words);
  });

  it('given a long word or many words, then they are limited', () => {
    expect(wordsOf('x'.repeat(200))).to.deep.equal(['x'.repeat(40)]);
    const name = [...Array(100)].map((_, n) => `w${n}`).join(' ');
    expect(productWords({ name, sku: 's', category: null, isActive: true })).to.have.length(60);
    expect(searchedWords(name)).to.have.length(8);
  });

  it('given a product, then its terms are one that all have, its words, its name, its categories, and whether it is inactive', () => {
    const product = { sku: 'L-1', name: 'Big  Lámp', category: 'home/light/desk', isActive: false };
    expect(termsOf(product)).to.deep.equal([
      ...['*', 'big', 'lamp', 'l', '1', '=big  lamp'],
      ...['/home', '/home/light', '/home/light/desk', '!inactive'],
    ]);
    expect(pathsTo('a')).to.deep.equal(['a']);
  });

  it('given any name, then it is found by itself, and its words never look like another kind of term', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), (name) => {
        expect(nameTerm(name)).to.equal(nameTerm(name.normalize('NFC')));
        const words = new Set(productWords({ name, sku: '', category: null, isActive: true }));
        for (const word of searchedWords(name)) expect(words).to.include(word);
        for (const word of words) expect(word).not.to.match(/^[*/=!]/);
      }),
    );
  });
});
