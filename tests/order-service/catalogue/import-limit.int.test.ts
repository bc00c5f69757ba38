import { expect } from 'chai';
import { withConnection } from '../../../src/shared/postgres/with-connection';
import { type CatalogueScene, catalogueScene } from '../../support/catalogue-scene';
import { eventually } from '../../support/eventually';
import { rowsOf } from '../../support/rows';

const FILE = 'sku,name,price\nheld,Held,2\n';

describe('the number of imports of a process', () => {
  let scene: CatalogueScene;
  before(async () => {
    scene = await catalogueScene();
  });
  after(() => scene.stop());

  it('given two imports that have not ended, then a third one is refused with 503, and it is accepted when they have ended', async () => {
    for (const as of [scene.shop, scene.other]) await scene.create({ sku: 'held', price: 1 }, as);
    const answers = await withConnection(scene.url, async (holder) => {
      await holder.query('BEGIN');
      await holder.query(`SELECT FROM products WHERE sku = 'held' FOR UPDATE`);
      const running = [scene.shop, scene.other].map((as) => scene.importFile(FILE, { as }));
      await eventually(async () => {
        const [row] = await rowsOf<{ waiting: number }>(
          scene.url,
          `SELECT count(*)::int AS waiting FROM pg_stat_activity
            WHERE datname = current_database() AND wait_event_type = 'Lock'`,
        );
        expect(row!.waiting).to.equal(2);
      });
      const refused = await scene.importFile(FILE);
      expect([refused.status, refused.headers.get('retry-after')], refused.text).to.deep.equal([503, '5']);
      await holder.query('COMMIT');
      return Promise.all(running);
    });
    for (const { status, body } of answers)
      expect([status, body]).to.deep.equal([200, { created: 0, updated: 1, unchanged: 0 }]);
    expect((await scene.importFile(FILE)).body).to.deep.equal({ created: 0, updated: 0, unchanged: 1 });
  });
});
