import { expect } from 'chai';
import { type FindProductIds } from '../../../src/order-service/catalogue/use-cases/scan-products';
import { listProducts } from '../../../src/order-service/catalogue/use-cases/list-products';
import { type ServiceDatabase } from '../../../src/shared/postgres/database';
import { type CatalogueScene, catalogueScene } from '../../support/catalogue-scene';
import { openDatabase } from '../../support/open-database';

describe('products that another module finds', () => {
  let scene: CatalogueScene;
  let db: ServiceDatabase;
  let ids: string[];
  before(async () => {
    scene = await catalogueScene();
    db = openDatabase(scene.url);
    const lines = [...Array(300)].map((_, n) => `p${n},Product ${n},1,c/${n % 3},${n % 2 === 0}`);
    await scene.importFile(`sku,name,price,category,active\n${lines.join('\n')}`);
    const foreign = await scene.create({ sku: 'foreign' }, scene.other);
    const all = await db.query<{ product_id: string }>(
      `SELECT product_id FROM products WHERE owner = 'demo-client' AND substr(sku, 2)::int % 5 = 0`,
    );
    ids = [...all.rows.map((row) => row.product_id), foreign.product_id as string].sort().reverse();
  });
  after(() => Promise.all([scene.stop(), db.stop()]));

  const lowOnStock: FindProductIds = (_db, _owner, before, limit) =>
    Promise.resolve(ids.filter((id) => id < before).slice(0, limit));

  async function skus(filter: object, limit: number): Promise<string[]> {
    const found: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await listProducts(
        { db, lowOnStock },
        { owner: 'demo-client', filter: { ...filter, isLowOnStock: true }, limit, cursor },
      );
      found.push(...page.rows.map(({ sku }) => sku));
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    return found;
  }

  const every = (step: number): string[] =>
    [...Array(300)]
      .map((_, n) => 299 - n)
      .filter((n) => n % step === 0)
      .map((n) => `p${n}`);

  it('given their ids, then the list has these products of the owner, newest first, whatever the size of a page', async () => {
    for (const limit of [1, 7, 100]) expect(await skus({}, limit)).to.deep.equal(every(5));
  });

  it('given further filters, then the products match all of them', async () => {
    expect(await skus({ isActive: true }, 10)).to.deep.equal(every(10));
    expect(await skus({ category: 'c/0' }, 10)).to.deep.equal(every(15));
    expect(await skus({ text: 'product', category: 'c/0', isActive: true }, 3)).to.deep.equal(every(30));
    expect(await skus({ sku: 'p25' }, 3)).to.deep.equal(['p25']);
    expect(await skus({ sku: 'p26' }, 3)).to.deep.equal([]);
  });
});
