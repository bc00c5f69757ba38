import { expect } from 'chai';
import fc from 'fast-check';
import { toJsonCell, withFormulas, withoutFormulas } from '../../../src/shared/http/csv-text';

const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom('\n', '\r', '\r\n', '\v', '\f', '\u0085', '\u2028', '\u2029', ' ', '\u00a0'),
      fc.constantFrom('=', '+', '-', '@', '＝', '\t', "'", "''", 'a', '😀'),
    ),
    { maxLength: 10 },
  )
  .map((parts) => parts.join(''));

describe('text in CSV', () => {
  it('given any text, then the apostrophes before formulas can be removed again', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(withFormulas(withoutFormulas(text))).to.equal(text);
      }),
      { numRuns: 3_000 },
    );
  });

  it('given text that nobody has escaped, then an apostrophe before other characters stays', () => {
    for (const text of ["'tis", "rock 'n' roll", "a\n'b", "'"]) expect(withFormulas(text)).to.equal(text);
    expect(withFormulas("'=1")).to.equal('=1');
  });

  it('given any JSON value, then its cell has one line, and is that value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), hostile, (value, text) => {
        const cell = toJsonCell([value, text]);
        expect(cell).not.to.match(/[\n\r\v\f\u0085\u2028\u2029]/);
        expect(JSON.parse(cell)).to.deep.equal(JSON.parse(JSON.stringify([value, text])));
      }),
    );
  });
});
