import { expect } from 'chai';
import { stringify } from 'csv-stringify/sync';
import fc from 'fast-check';
import { csvRecords, type CsvRecord } from '../../../src/order-service/catalogue/routes/csv-records';

async function read(text: string) {
  const records: CsvRecord[] = [];
  const parts = csvRecords(Buffer.from(text));
  for (let part = await parts.next(); ; part = await parts.next()) {
    if (part.done) return { records, fault: part.value };
    records.push(...part.value);
  }
}

const lineEnd = fc.constantFrom('\n', '\r\n');
const cell = fc
  .array(fc.constantFrom('a', 'ä', '😀', '"', ',', ';', ' ', '\n', '\r\n', "'", '='), { maxLength: 6 })
  .map((parts) => parts.join(''));

describe('the records of a CSV file', () => {
  it('given any cells, line ends and empty lines, then the records are those that were written, each with the line in which it begins', async () => {
    const row = fc.record({
      cells: fc.array(cell, { minLength: 2, maxLength: 4 }),
      empty: fc.nat(2),
      end: lineEnd,
    });
    await fc.assert(
      fc.asyncProperty(fc.array(row, { maxLength: 8 }), async (rows) => {
        let [text, line] = ['', 1];
        const expected = rows.map(({ cells, empty, end }) => {
          const before = end.repeat(empty);
          const record = stringify([cells], { quoted: true, record_delimiter: end });
          const at = line + empty;
          text += before + record;
          line = at + record.split('\n').length - 1;
          return { line: at, cells };
        });
        expect(await read(text)).to.deep.equal({ records: expected, fault: null });
      }),
      { numRuns: 300 },
    );
  });

  it('given a file without a last line end, or with CR alone, then its lines are counted too', async () => {
    const cells = (text: string) => read(text).then(({ records }) => records);
    expect(await cells('a,b\nc,d')).to.deep.equal([
      { line: 1, cells: ['a', 'b'] },
      { line: 2, cells: ['c', 'd'] },
    ]);
    expect(await cells('a,b\rc,d\r')).to.deep.equal([
      { line: 1, cells: ['a', 'b'] },
      { line: 2, cells: ['c', 'd'] },
    ]);
    expect(await cells('')).to.deep.equal([]);
  });

  it('given a fault, then the records before it are read, and the fault has its line', async () => {
    const rows = [...Array(5_000)].map((_, n) => `row ${n},x`).join('\n');
    const { records, fault } = await read(`${rows}\n"a"b,c\nlast,x\n`);
    expect([records.length, fault?.line]).to.deep.equal([5_000, 5_001]);
    expect((await read('a,b\n"c')).fault).to.deep.equal({
      line: 2,
      message: 'has a quote that is not closed; the lines behind it were not read',
    });
  });

  it('given a large file, then it is read in parts, between which other work runs', async () => {
    const text = 'abcdefgh,abcdefgh\n'.repeat(20_000);
    let turns = 0;
    const timer = setInterval(() => (turns += 1), 0);
    const { records } = await read(text);
    clearInterval(timer);
    expect(records).to.have.length(20_000);
    expect(records.at(-1)!.line).to.equal(20_000);
    expect(turns).to.be.above(2);
  });
});
