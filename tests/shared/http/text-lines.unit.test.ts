import { expect } from 'chai';
import { firstLineNotUtf8, lineCounter } from '../../../src/shared/http/text-lines';

const BAD = Buffer.from([0xff]);
const bytes = (...parts: (string | Buffer)[]): Buffer =>
  Buffer.concat(parts.map((part) => Buffer.from(part)));

describe('lines of a text', () => {
  for (const [name, text, line] of [
    ['one line', bytes('a', BAD), null],
    ['one line and its end', bytes('a', BAD, '\n'), null],
    ['LF', bytes('a\n', BAD, '\nc'), 2],
    ['CRLF', bytes('a\r\nb\r\n', BAD, '\r\n'), 3],
    ['CR', bytes('a\rb\r', BAD), 3],
    ['LF, and CR in a quoted cell', bytes('"a\rb",c\n1,"x\ry"\n', BAD), 3],
    ['CRLF that became CR CR LF', bytes('a\r\r\nb\r\r\n', BAD), 3],
    ['many blocks', bytes('ä'.repeat(40_000), '\n', 'b\n'.repeat(50_000), BAD, '\nc\n'), 50_002],
  ] as const) {
    it(`given bytes that are not UTF-8 in a text with ${name}, then ${line === null ? 'no' : 'its'} line is named`, () => {
      expect(firstLineNotUtf8(text)).to.equal(line);
    });
  }

  it('given positions that grow, then their lines are counted', () => {
    const lines = lineCounter(Buffer.from('a\nbc\n\nd'));
    expect([0, 1, 2, 4, 5, 6].map((position) => lines.at(position))).to.deep.equal([1, 1, 2, 2, 3, 4]);
  });
});
