import { expect } from 'chai';
import { sumUpCategories } from '../../../src/order-service/catalogue/use-cases/list-categories';
import { type CatalogueScene, catalogueScene } from '../../support/catalogue-scene';
import { openDatabase } from '../../support/open-database';
import { countRows } from '../../support/rows';

interface Node {
  path: string;
  products: number;
  active_products: number;
  children: Node[];
}

/** A tree in one line: each category with the numbers of its products. */
const inShort = (nodes: readonly Node[]): string =>
  nodes
    .map(({ path, products, active_products: active, children }) => {
      const below = children.length > 0 ? ` [${inShort(children)}]` : '';
      return `${path} ${products}/${active}${below}`;
    })
    .join(', ');

describe('the categories', () => {
  let scene: CatalogueScene;
  before(async () => {
    scene = await catalogueScene();
  });
  after(() => scene.stop());

  const tree = async (query = '', as = scene.shop): Promise<string> =>
    inShort((await as.get(`/categories${query}`)).body.data as Node[]);

  it('given no products, then there are none', async () => {
    expect(await tree()).to.equal('');
  });

  it('given products that are created, changed and deleted, then the counts follow, also after they are summed up', async () => {
    const one = await scene.create({ category: 'home/lighting' });
    const two = await scene.create({ category: 'home/lighting/floor', active: false });
    await scene.create({ category: 'home' });
    await scene.create({ category: 'home2' });
    await scene.create({ category: null });
    await scene.create({ category: 'theirs' }, scene.other);
    expect(await tree()).to.equal('home 3/2 [home/lighting 2/1 [home/lighting/floor 1/0]], home2 1/1');
    await scene.request(scene.shop, 'PATCH', `/products/${one.product_id}`, { category: 'office' });
    await scene.request(scene.shop, 'PATCH', `/products/${two.product_id}`, { active: true, name: 'x' });
    const changed = 'home 2/2 [home/lighting 1/1 [home/lighting/floor 1/1]], home2 1/1, office 1/1';
    expect(await tree()).to.equal(changed);
    const db = openDatabase(scene.url);
    while ((await sumUpCategories(db)) > 0);
    await db.stop();
    expect(await countRows(scene.url, 'category_counts', `owner = 'demo-client'`)).to.equal(4);
    expect(await tree()).to.equal(changed);
    await scene.request(scene.shop, 'DELETE', `/products/${two.product_id}`);
    expect(await tree()).to.equal('home 1/1, home2 1/1, office 1/1');
  });

  it('given parent, then the tree has this category as its only root; given one without products, then none', async () => {
    await scene.create({ category: 'root/a/b' });
    await scene.create({ category: 'root/a' });
    await scene.create({ category: 'root/a0' });
    await scene.create({ category: 'root' });
    expect(await tree('?parent=root/a')).to.equal('root/a 2/2 [root/a/b 1/1]');
    expect(await tree('?parent=root')).to.equal('root 4/4 [root/a 2/2 [root/a/b 1/1], root/a0 1/1]');
    expect(await tree('?parent=root/none')).to.equal('');
  });

  it('given an operator, then the tree is that of the named client', async () => {
    expect(await tree('?owner=demo-other', scene.operator)).to.equal('theirs 1/1');
    const answer = await scene.operator.get('/categories');
    expect([answer.status, answer.body.errors[0].path]).to.deep.equal([400, 'owner']);
  });

  it('given sums while products are created, then no product is counted twice or lost', async () => {
    const db = openDatabase(scene.url);
    const creations = [...Array(40)].map((_, n) => scene.create({ category: `busy/${n % 3}` }));
    const sums = [...Array(20)].map(() => sumUpCategories(db));
    await Promise.all([...creations, ...sums]);
    while ((await sumUpCategories(db)) > 0);
    await db.stop();
    expect(await tree('?parent=busy')).to.equal('busy 40/40 [busy/0 14/14, busy/1 13/13, busy/2 13/13]');
  });

  it('given more than 5000 categories, then 422 asks for a parent', async () => {
    const lines = [...Array(5_001)].map((_, n) => `c${n},c${n},1,${n < 5_000 ? 'many' : 'more'}/${n}`);
    const file = `sku,name,price,category\n${lines.join('\n')}`;
    expect((await scene.importFile(file, { as: scene.other })).status).to.equal(200);
    const answer = await scene.other.get('/categories');
    expect([answer.status, answer.body.code]).to.deep.equal([422, 'too_many_categories']);
    expect((await scene.other.get('/categories?parent=many')).body.data[0].products).to.equal(5_000);
  }).timeout(60_000);
});
