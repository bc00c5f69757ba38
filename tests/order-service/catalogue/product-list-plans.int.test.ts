import { expect } from 'chai';
import fc from 'fast-check';
import { type Client } from 'pg';
import { type ProductFilter } from '../../../src/order-service/catalogue/domain/product-list';
import { listProducts } from '../../../src/order-service/catalogue/use-cases/list-products';
import { type ServiceDatabase } from '../../../src/shared/postgres/database';
import { type Database } from '../../../src/shared/postgres/queryable';
import { createReadPool, type ReadPool } from '../../../src/shared/postgres/read-pool';
import { withConnection } from '../../../src/shared/postgres/with-connection';
import { createTestDatabase } from '../../support/databases';
import { explained, isWholeTableOf, type Plan, rowsRead } from '../../support/explain-queries';
import { loadProducts, PRODUCT_WORDS as WORDS } from '../../support/many-products';
import { openDatabase } from '../../support/open-database';
import { rowsOf } from '../../support/rows';
import { silentLogger } from '../../support/service-pair';

const PRODUCTS = 100_000;
const LIMIT = 20;

/** Whatever is found, a page reads few rows more than it returns. */
const SHORT: [name: string, filter: ProductFilter][] = [
  ['no filter', {}],
  ['a sku', { sku: 'SKU-777' }],
  ['a name', { name: 'bamena chair' }],
  ['a category of a tenth of the products', { category: 'c3' }],
  ['a category of the oldest products', { category: 'vintage' }],
  ['active products', { isActive: true }],
  ['inactive products', { isActive: false }],
  ['a word of half of the products', { text: WORDS.half }],
  ['the beginning of that word', { text: 'lam' }],
  ['a word of few products', { text: WORDS.rare }],
  ['a word of the oldest products', { text: WORDS.oldest }],
  ['a misspelt word', { text: 'marbel' }],
  ['a word that no product has', { text: 'zzzzzzzz' }],
  ['a code', { text: 'sku-12345' }],
  ['two frequent words', { text: `${WORDS.half} ${WORDS.third}` }],
  ['a frequent word and one of the oldest products', { text: `${WORDS.half} ${WORDS.oldest}` }],
  ['a frequent word in a category', { text: WORDS.half, category: 'c4' }],
];
const FEW = 3_000;

/** Each filter alone has many products, all of them together few or none. */
const BROAD: [name: string, filter: ProductFilter][] = [
  ['two frequent words that no product has both', { text: `${WORDS.half} ${WORDS.otherHalf}` }],
  ['a frequent word in a category without it', { text: WORDS.half, category: 'c3' }],
  [
    'few inactive products, a word of half of the products that none of them has',
    { isActive: false, text: WORDS.otherHalf },
  ],
  ['inactive products of a category without them', { isActive: false, category: 'c7' }],
  ['the beginnings of many words', { text: 'b', category: 'c3' }],
];
const MANY = 30_000;

/** Searches; with "9" begin many words of many products, with "12" many words of few. */
const TEXTS = [
  ...[`${WORDS.half} ${WORDS.third}`, `${WORDS.rare} ${WORDS.otherHalf}`, 'b', '9', '12', 'sku-12'],
  ...['9 b', `${WORDS.rare} 9`, '12 7', `${WORDS.half} 12`, 'sku 99999', 'antique 9'],
];

describe('the lists of a client with 100 000 products', function () {
  this.timeout(180_000);
  let url: string;
  let reads: ReadPool;
  let db: ServiceDatabase;
  before(async () => {
    url = await createTestDatabase('order-service');
    await withConnection(url, async (connection) => {
      await loadProducts(connection as unknown as Client, 'shop', PRODUCTS);
      await connection.query('VACUUM ANALYZE products, product_terms, product_trigrams, category_counts');
    });
    reads = createReadPool(url, 'lists', READS, silentLogger);
    db = openDatabase(url);
  });
  after(() => Promise.all([reads.stop(), db.stop()]));

  /** Rows that a page reads, in all of its statements. */
  async function readFor(filter: ProductFilter): Promise<number> {
    const plans: Plan[] = [];
    const reader = { clientId: 'shop', signal: new AbortController().signal };
    const watched = {
      transaction: (work: (tx: unknown) => Promise<unknown>) =>
        reads.read(reader, (tx) => work(explained(tx, (nodes) => plans.push(...nodes)))),
    } as unknown as Database;
    await listProducts(
      { db: watched, lowOnStock: () => Promise.resolve([]) },
      { owner: 'shop', filter, limit: LIMIT },
    );
    expect(plans.filter((node) => isWholeTableOf(node, 'product'))).to.deep.equal([]);
    return rowsRead(plans, 'product');
  }

  for (const [name, filter] of SHORT)
    it(`given ${name}, then a page reads few rows, and no table as a whole`, async () => {
      expect(await readFor(filter)).to.be.at.most(FEW);
    });

  for (const [name, filter] of BROAD)
    it(`given ${name}, then a page reads a bounded number of rows`, async () => {
      expect(await readFor(filter)).to.be.at.most(MANY);
    });

  const some = <T>(...values: T[]) => fc.option(fc.constantFrom(...values), { nil: undefined });
  const filters = fc.record({
    text: some(...Object.values(WORDS), ...TEXTS),
    category: some('c3', 'c4', 'c3/d13', 'c0/d0', 'vintage', 'none'),
    isActive: some(true, false),
    sku: some('SKU-1', 'SKU-99999', 'SKU-0'),
  });

  it('given any filters and page size, then the pages together are the products that match, newest first, each once', async () => {
    await fc.assert(
      fc.asyncProperty(filters, fc.integer({ min: 1, max: 100 }), async (filter, limit) => {
        const wanted = await matching(filter);
        const found: string[] = [];
        let cursor: string | undefined;
        do {
          const page = await listProducts(
            { db, lowOnStock: () => Promise.resolve([]) },
            { owner: 'shop', filter, limit, cursor },
          );
          expect(page.rows.length).to.be.at.most(limit);
          found.push(...page.rows.map(({ sku }) => sku));
          cursor = page.nextCursor ?? undefined;
        } while (cursor !== undefined && found.length < wanted.length);
        expect(found.slice(0, wanted.length)).to.deep.equal(wanted);
        if (wanted.length < COMPARED) expect(found).to.have.length(wanted.length);
      }),
      { numRuns: 60 },
    );
  });

  /** The first products that match, found in another way. */
  async function matching({ text = '', category, isActive, sku }: ProductFilter): Promise<string[]> {
    const words = text.split(/[ -]/).map((word) => String.raw`\m${word}`);
    const rows = await rowsOf<{ sku: string }>(
      url,
      `SELECT sku FROM products
        WHERE name || ' ' || sku ~* ALL ($1::text[]) AND ($2::text IS NULL OR category = $2 OR starts_with(category, $2 || '/'))
          AND ($3::boolean IS NULL OR is_active = $3) AND ($4::text IS NULL OR sku = $4)
        ORDER BY product_id DESC LIMIT ${COMPARED}`,
      [words, category ?? null, isActive ?? null, sku ?? null],
    );
    return rows.map((row) => row.sku);
  }
});

const COMPARED = 150;

const READS = {
  DATABASE_POOL_MAX: 4,
  DATABASE_READ_POOL_MAX: 4,
  DATABASE_CONNECT_TIMEOUT_MS: 10_000,
  DATABASE_QUERY_TIMEOUT_MS: 60_000,
  DATABASE_PREPARED_STATEMENTS: true,
};
