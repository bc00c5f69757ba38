import { expect } from 'chai';
import { ownersWithProducts } from '../../../src/order-service/catalogue/use-cases/catalogue-owners';
import { createFindOrderProducts } from '../../../src/order-service/catalogue/use-cases/find-order-products';
import { type ServiceDatabase } from '../../../src/shared/postgres/database';
import { type CatalogueScene, catalogueScene } from '../../support/catalogue-scene';
import { openDatabase } from '../../support/open-database';

describe('the products of order lines', () => {
  let scene: CatalogueScene;
  let db: ServiceDatabase;
  before(async () => {
    scene = await catalogueScene();
    db = openDatabase(scene.url);
  });
  after(() => Promise.all([scene.stop(), db.stop()]));

  it('given skus, then the products of the owner are found, and unknown, deleted and others’ products are not', async () => {
    const lamp = await scene.create({ sku: 'lamp', name: 'Lamp', price: 79.9, active: false });
    const gone = await scene.create({ sku: 'gone' });
    await scene.request(scene.shop, 'DELETE', `/products/${gone.product_id}`);
    await scene.create({ sku: 'theirs' }, scene.other);
    await scene.create({ sku: 'lamp', name: 'Their lamp' }, scene.other);
    const find = createFindOrderProducts(db);
    const found = await find('demo-client', ['lamp', 'gone', 'theirs', 'unknown', 'lamp']);
    expect([...found]).to.deep.equal([
      [
        'lamp',
        {
          productId: lamp.product_id,
          sku: 'lamp',
          name: 'Lamp',
          price: 7_990,
          currency: 'USD',
          isActive: false,
        },
      ],
    ]);
    expect((await find('demo-other', ['lamp'])).get('lamp')?.name).to.equal('Their lamp');
  });

  it('given many requests at once, then each gets its own products, with few statements', async () => {
    const skus = [...Array(50)].map((_, n) => `many-${n}`);
    for (const sku of skus) await scene.create({ sku, name: `Name of ${sku}` });
    let statements = 0;
    const counted = {
      ...db,
      transaction: (...args: Parameters<typeof db.transaction>) => {
        statements += 1;
        return db.transaction(...args);
      },
    } as ServiceDatabase;
    const find = createFindOrderProducts(counted);
    const answers = await Promise.all(
      [...Array(200)].map((_, n) => find('demo-client', [skus[n % 50]!, 'unknown'])),
    );
    for (const [n, found] of answers.entries()) {
      expect([...found.keys()]).to.deep.equal([skus[n % 50]]);
      expect(found.get(skus[n % 50]!)!.name).to.equal(`Name of ${skus[n % 50]}`);
    }
    expect(statements).to.be.at.most(2);
  });

  it('given owners, then those that have or had a product are found', async () => {
    await scene.operator.post('/clients', { client_id: 'no-products', name: 'x', scopes: ['order:read'] });
    const owners = await ownersWithProducts(db, ['demo-client', 'demo-other', 'no-products']);
    expect([...owners].sort()).to.deep.equal(['demo-client', 'demo-other']);
  });
});
