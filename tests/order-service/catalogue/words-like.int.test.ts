import { expect } from 'chai';
import fc from 'fast-check';
import { allowedMistakes, editDistance } from '../../../src/order-service/catalogue/domain/similar-words';
import { findWordsLike, insertWords } from '../../../src/order-service/catalogue/store/term-store';
import { type ServiceDatabase } from '../../../src/shared/postgres/database';
import { createTestDatabase } from '../../support/databases';
import { openDatabase } from '../../support/open-database';

/** Some of them repeat trigrams, which a single mistake can change in several places. */
const WORDS = [
  ...['lamp', 'chair', 'walnut', 'kitchen', 'banana', 'aaaa', 'aaaaaaa', 'couscous', 'mississippi'],
  ...['keyboard', 'abababab', 'straße', 'лампа', 'बिजली', 'tattoo', 'lantern', 'workshop', 'aaaaaaaaaaaa'],
];

interface Mistake {
  kind: 'insert' | 'remove' | 'replace' | 'exchange';
  at: number;
  letter: string;
}

/** A word with mistakes; the letters are some of the words themselves, so that trigrams repeat. */
function mistaken(word: string, mistakes: readonly Mistake[]): string {
  const letters = [...word];
  for (const { kind, at, letter } of mistakes) {
    const place = at % letters.length;
    const last = Math.min(place + 1, letters.length - 1);
    if (kind === 'insert') letters.splice(place, 0, letter);
    if (kind === 'remove') letters.splice(place, 1);
    if (kind === 'replace') letters[place] = letter;
    if (kind === 'exchange') [letters[place], letters[last]] = [letters[last]!, letters[place]!];
  }
  return letters.join('');
}

const mistake = fc.record({
  kind: fc.constantFrom<Mistake['kind']>('insert', 'remove', 'replace', 'exchange'),
  at: fc.nat(20),
  letter: fc.constantFrom(...'abstxлि'),
});

describe('words like a misspelt one', () => {
  let db: ServiceDatabase;
  before(async () => {
    db = openDatabase(await createTestDatabase('order-service'));
    await db.transaction((tx) => {
      insertWords(tx, 'shop', WORDS);
      insertWords(tx, 'other', ['lamps']);
      return Promise.resolve();
    });
  });
  after(() => db.stop());

  it('given words with as many mistakes as they may have, then each finds what was meant', async () => {
    const meant = fc.record({
      word: fc.constantFrom(...WORDS),
      mistakes: fc.array(mistake, { minLength: 1, maxLength: 2 }),
    });
    const cases = fc
      .sample(meant, 4_000)
      .map(({ word, mistakes }) => ({ word, typed: mistaken(word, mistakes) }))
      .filter(({ word, typed }) => editDistance(word, typed) <= allowedMistakes(typed));
    expect(cases.length).to.be.above(1_000);
    const found = await findWordsLike(
      db,
      'shop',
      cases.map(({ typed }) => ({ word: typed, mistakes: allowedMistakes(typed) })),
    );
    for (const { word, typed } of cases) expect(found.get(typed), typed).to.include(word);
  });

  it('given several words, then each has its own list, the most similar words first, none of another owner; given none, then none', async () => {
    const found = await findWordsLike(db, 'shop', [
      { word: 'lampp', mistakes: 1 },
      { word: 'zzzzz', mistakes: 1 },
    ]);
    expect([...found]).to.deep.equal([
      ['lampp', ['lamp']],
      ['zzzzz', []],
    ]);
    expect(await findWordsLike(db, 'shop', [])).to.deep.equal(new Map());
  });
});
