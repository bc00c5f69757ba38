import { expect } from 'chai';
import { type ProductContent } from '../../../src/order-service/catalogue/domain/product';
import { importProducts } from '../../../src/order-service/catalogue/use-cases/import-products';
import { EXAMPLE_PRODUCT } from '../../../src/shared/contracts/product-resource';
import { type ServiceDatabase } from '../../../src/shared/postgres/database';
import { createTestDatabase } from '../../support/databases';
import { openDatabase } from '../../support/open-database';
import { countRows, rowsOf } from '../../support/rows';

describe('the transaction of an import', () => {
  let url: string;
  let db: ServiceDatabase;
  beforeEach(async () => {
    url = await createTestDatabase('order-service');
    db = openDatabase(url);
  });
  afterEach(() => db.stop());

  const product = (n: number, price = 100): ProductContent => ({
    sku: `sku-${n}`,
    name: `Product ${n}`,
    description: null,
    category: null,
    currency: EXAMPLE_PRODUCT.currency,
    price,
    taxClass: null,
    weightGrams: null,
    attributes: {},
    imageUrl: null,
    isActive: true,
  });

  /** @param pause called after each part, in the open transaction. */
  const importAll = (products: readonly ProductContent[], pause = () => Promise.resolve()) =>
    importProducts(db, {
      owner: 'shop',
      products,
      origin: { actor: 'shop', correlationId: 'c', traceparent: 't' },
      signal: new AbortController().signal,
      pause,
    });

  const many = (count: number): ProductContent[] => Array.from({ length: count }, (_, n) => product(n));

  it('given products of three parts, then no event takes a number before all products are written', async () => {
    const lastNumber = async () => {
      const [row] = await rowsOf<{ last: string | null }>(
        url,
        `SELECT pg_sequence_last_value(pg_get_serial_sequence('events', 'seq')::regclass) AS last`,
      );
      return row!.last;
    };
    const before = await lastNumber();
    const numbers: (string | null)[] = [];
    const counts = await importAll(many(450), async () => void numbers.push(await lastNumber()));
    expect(counts).to.deep.equal({ created: 450, updated: 0, unchanged: 0 });
    expect(numbers.slice(0, 3)).to.deep.equal([before, before, before]);
    expect(numbers.at(-1)).not.to.equal(before);
    expect(await countRows(url, 'events', "type = 'PRODUCT_CREATED' AND version = 1")).to.equal(450);
  });

  it('given products that the file does not change, then other requests can change them while the import runs', async () => {
    await importAll(many(250));
    const file = many(251).map((content, n) => ({ ...content, price: n === 7 ? 200 : content.price }));
    const free: string[][] = [];
    const counts = await importAll(file, async () => {
      const rows = await rowsOf<{ sku: string }>(
        url,
        `SELECT sku FROM products WHERE sku IN ('sku-7', 'sku-8', 'sku-249') ORDER BY sku FOR UPDATE SKIP LOCKED`,
      );
      free.push(rows.map(({ sku }) => sku));
    });
    expect(counts).to.deep.equal({ created: 1, updated: 1, unchanged: 249 });
    expect(free.at(-1)).to.deep.equal(['sku-249', 'sku-8']);
  });

  it('given a product that was changed between the first read and its lock, then the file is applied to the changed one', async () => {
    await importAll(many(2));
    const file = [product(0), product(1, 300)];
    let isFirst = true;
    const counts = await importAll(file, async () => {
      if (isFirst) await rowsOf(url, `UPDATE products SET price_minor = 300 WHERE sku = 'sku-1'`);
      isFirst = false;
    });
    expect(counts).to.deep.equal({ created: 0, updated: 0, unchanged: 2 });
  });
});
