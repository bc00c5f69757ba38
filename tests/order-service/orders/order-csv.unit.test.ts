import { expect } from 'chai';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { toCsv } from '../../../src/order-service/orders/routes/order-csv';
import { type Order } from '../../../src/order-service/orders/domain/order';
import { withoutFormulas } from '../../../src/shared/http/csv-text';

const BREAKS = ['\n', '\r', '\r\n', '\v', '\f', '\u0085', '\u2028', '\u2029'];
const FORMULA_STARTS = ['=', '+', '-', '@', '＝', '＋', '－', '＠', '\t'];

/** Cells made of characters that break rows, cells and spreadsheets. */
const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom(...BREAKS, ...FORMULA_STARTS, '"', '""', "'", ',', ';', '|', ' ', '\u00a0', '\ufeff'),
      fc.constantFrom('=HYPERLINK("http://x","y")', "=cmd|' /C calc'!A0", 'a', '😀', '\\'),
      fc.string({ unit: 'grapheme', maxLength: 5 }),
    ),
    { minLength: 1, maxLength: 12 },
  )
  .map((parts) => parts.join(''));

const order = (texts: { customer: string; product: string; name: string; carrier: string; number: string }) =>
  ({
    orderId: '0190a0a0-0000-7000-8000-00000000000a',
    clientId: 'demo-client',
    customerId: texts.customer,
    items: [{ productId: texts.product, quantity: 1, unitPrice: 100 }],
    currency: 'USD',
    total: 100,
    status: 'SHIPPED',
    version: 2,
    cancellation: null,
    shipping: { carrier: texts.carrier, trackingNumber: texts.number, estimatedDelivery: null },
    metadata: { [texts.name]: texts.name },
    createdAt: new Date(0),
    updatedAt: new Date(0),
  }) as unknown as Order;

/** A strict RFC 4180 parser, independent of the writer. */
const parsed = (csv: string): Record<string, string>[] =>
  parse(csv, { columns: true, record_delimiter: '\r\n', relax_quotes: false, bom: false, trim: false });

/** The unescaping rule of the documentation. */
const unescaped = (cell: string): string => cell.replaceAll(/(^|[\n\v\f\r\u0085\u2028\u2029])'/g, '$1');

const texts = fc.record({
  customer: hostile,
  product: hostile,
  name: hostile,
  carrier: hostile,
  number: hostile,
});

describe('orders as CSV', () => {
  it('given hostile text in every cell, then a strict parser reads one record per order, and the original text can be recovered', () => {
    fc.assert(
      fc.property(fc.array(texts, { minLength: 1, maxLength: 3 }), (rows) => {
        const records = parsed(toCsv(rows.map(order), true));
        expect(records).to.have.length(rows.length);
        for (const [index, row] of rows.entries()) {
          const record = records[index]!;
          expect(unescaped(record['customer_id']!)).to.equal(row.customer);
          expect(unescaped(record['carrier']!)).to.equal(row.carrier);
          expect(unescaped(record['tracking_number']!)).to.equal(row.number);
          expect(JSON.parse(record['items']!)[0].product_id).to.equal(row.product);
          expect(JSON.parse(record['metadata']!)).to.deep.equal({ [row.name]: row.name });
        }
      }),
      { numRuns: 500 },
    );
  });

  it('given any text, then no line of it begins with a formula, for any definition of a line break', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        for (const line of withoutFormulas(text).split(/[\n\v\f\r\u0085\u2028\u2029]/))
          expect(line.trimStart()).not.to.match(/^[=+\-@＝＋－＠]/);
      }),
      { numRuns: 1_000 },
    );
  });

  it('given a formula after any line break, with or without spaces before it, then an apostrophe precedes it', () => {
    for (const start of FORMULA_STARTS) {
      expect(withoutFormulas(`${start}1`)).to.equal(`'${start}1`);
      for (const lineBreak of BREAKS)
        expect(withoutFormulas(`a${lineBreak}${start}1`), JSON.stringify(lineBreak)).to.equal(
          `a${lineBreak}'${start}1`,
        );
    }
    expect(withoutFormulas('  =1')).to.equal("'  =1");
    expect(withoutFormulas('\r=1')).to.equal("'\r'=1");
    expect(withoutFormulas("'quoted' and a-b=c")).to.equal("''quoted' and a-b=c");
    expect(withoutFormulas('a-b\nc=d')).to.equal('a-b\nc=d');
  });

  it('given text with a lone CR, a lone LF, quotes or separators, then its cell is quoted; plain cells are not', () => {
    for (const cell of ['a\rb', 'a\nb', 'a"b', 'a,b', 'a;b', 'a\tb', 'ä'])
      expect(
        toCsv([order({ customer: cell, product: 'p', name: 'n', carrier: 'c', number: 't' })], false),
      ).to.contain(`,"${cell.replaceAll('"', '""')}",`);
    const plain = toCsv(
      [order({ customer: 'ada', product: 'p', name: 'n', carrier: 'c', number: 't' })],
      true,
    );
    expect(plain).to.match(/^order_id,customer_id,[^"]*\r\n0190a0a0-[0-9a-f-]+,ada,SHIPPED,USD,1,/);
  });
});
