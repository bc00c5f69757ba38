import { expect } from 'chai';
import { type CatalogueScene, catalogueScene } from '../../support/catalogue-scene';

describe('the list of products', () => {
  let scene: CatalogueScene;
  before(async () => {
    scene = await catalogueScene();
    const products = [
      { sku: 'LMP-1', name: 'Desk lamp', category: 'home/lighting' },
      { sku: 'LMP-2', name: 'Floor lamp with shade', category: 'home/lighting/floor', active: false },
      { sku: 'KEY-10', name: 'Mechanical keyboard', category: 'office' },
      { sku: 'CHR-1', name: 'Office Chair', category: 'office/seats' },
      { sku: 'CAF-1', name: 'Café crème bowl', category: 'home/kitchen' },
      { sku: 'HDP-7', name: 'Wireless headphones', category: 'audio' },
      { sku: 'HOM-1', name: 'Home sign', category: 'homeware' },
    ];
    for (const product of products) await scene.create(product);
    await scene.create({ sku: 'LMP-1', name: 'Desk lamp of another shop', category: 'home' }, scene.other);
  });
  after(() => scene.stop());

  const cases: [query: string, skus: string[]][] = [
    ['', ['HOM-1', 'HDP-7', 'CAF-1', 'CHR-1', 'KEY-10', 'LMP-2', 'LMP-1']],
    ['sku=LMP-1', ['LMP-1']],
    ['sku=lmp-1', []],
    ['name=desk LAMP', ['LMP-1']],
    ['name=desk', []],
    ['name=CAFE CREME bowl', ['CAF-1']],
    ['category=home', ['CAF-1', 'LMP-2', 'LMP-1']],
    ['category=home/lighting', ['LMP-2', 'LMP-1']],
    ['category=home/light', []],
    ['category=office', ['CHR-1', 'KEY-10']],
    ['active=false', ['LMP-2']],
    ['active=true&category=home', ['CAF-1', 'LMP-1']],
    ['active=false&category=office', []],
    ['low_stock=true', []],
    ['low_stock=false&active=false', ['LMP-2']],
    ['q=lamp', ['LMP-2', 'LMP-1']],
    ['q=LAMP desk', ['LMP-1']],
    ['q=lam', ['LMP-2', 'LMP-1']],
    ['q=lapm', ['LMP-2', 'LMP-1']],
    ['q=lmap', ['LMP-2', 'LMP-1']],
    ['q=keybord', ['KEY-10']],
    ['q=chiar', ['CHR-1']],
    ['q=hedphnes', ['HDP-7']],
    ['q=cafe', ['CAF-1']],
    ['q=lmp', ['LMP-2', 'LMP-1']],
    ['q=lmp-2', ['LMP-2']],
    ['q=lmp-9', []],
    ['q=lamp nothing', []],
    ['q=lamp&category=home/lighting/floor', ['LMP-2']],
    ['q=lamp&active=true', ['LMP-1']],
    ['q=lamp&sku=LMP-2', ['LMP-2']],
    ['q=---', []],
    ["q='; DROP TABLE products --", []],
    ['q=%25', []],
  ];

  for (const [query, skus] of cases)
    it(`given ?${query}, then the products are ${skus.join(', ') || 'none'}, whatever the size of a page`, async () => {
      for (const limit of [1, 2, 100])
        expect(await scene.skusOf(`${encodeURI(query)}&limit=${limit}`)).to.deep.equal(skus);
    });

  it('given changes of a product, then it is found by its new words, category and state only', async () => {
    const { product_id: id } = await scene.create({ sku: 'MOVE-1', name: 'Wardrobe', category: 'a/b' });
    const change = { name: 'Bookcase', category: 'a/c', sku: 'MOVE-2', active: false };
    expect((await scene.request(scene.shop, 'PATCH', `/products/${id}`, change)).status).to.equal(200);
    const found = await Promise.all(
      [
        'q=bookcase',
        'q=move-2',
        'name=bookcase',
        'category=a',
        'category=a/c',
        'active=false&category=a/c',
      ].map((query) => scene.skusOf(query)),
    );
    expect(found).to.deep.equal(found.map(() => ['MOVE-2']));
    const lost = await Promise.all(
      [
        'q=wardrobe',
        'q=wardrobes',
        'name=wardrobe',
        'category=a/b',
        'sku=MOVE-1',
        'category=a&active=true',
      ].map((query) => scene.skusOf(query)),
    );
    expect(lost).to.deep.equal(lost.map(() => []));
    await scene.request(scene.shop, 'DELETE', `/products/${id}`);
    expect(await scene.skusOf('q=bookcase')).to.deep.equal([]);
    expect(await scene.skusOf('category=a')).to.deep.equal([]);
  });

  it('given products that are created between two pages, then no product is repeated or skipped', async () => {
    const before = await scene.skusOf('');
    const first = (await scene.shop.get('/products?limit=3')).body;
    await scene.create({ sku: 'NEW-1' });
    const second = (await scene.shop.get(`/products?limit=100&cursor=${first.next_cursor}`)).body;
    const skus = [...first.data, ...second.data].map(({ sku }: { sku: string }) => sku);
    expect(skus).to.deep.equal(before);
    expect((await scene.shop.get('/products?cursor=nonsense')).body.code).to.equal('invalid_cursor');
  });

  it('given If-None-Match of an earlier answer, then 304 until the answer would differ', async () => {
    const path = '/products?category=office';
    const first = await scene.shop.get(path);
    const tag = first.headers.get('etag')!;
    expect(first.headers.get('cache-control')).to.equal('private, no-cache');
    expect(first.headers.get('vary')).to.match(/authorization/i);
    const repeat = await scene.shop.get(path, { 'If-None-Match': tag });
    expect([repeat.status, repeat.text, repeat.headers.get('etag')]).to.deep.equal([304, '', tag]);
    expect((await scene.other.get(path, { 'If-None-Match': tag })).status).to.equal(200);
    await scene.request(scene.shop, 'PATCH', '/products/sku:KEY-10', { price: 99 });
    const changed = await scene.shop.get(path, { 'If-None-Match': tag });
    expect([changed.status, changed.body.data.length]).to.deep.equal([200, 2]);
    const product = await scene.shop.get('/products/sku:KEY-10');
    expect(product.headers.get('cache-control')).to.equal('private, no-cache');
    const { product_id: id, version } = product.body;
    const byId = await scene.shop.get(`/products/${id}`, { 'If-None-Match': `"${version}"` });
    expect(byId.status).to.equal(304);
  });

  it('given an operator, then the list has the products of all clients; the other filters need one', async () => {
    const all = await scene.skusOf('limit=100', scene.operator);
    expect(all.filter((sku) => sku === 'LMP-1')).to.have.length(2);
    expect(await scene.skusOf('owner=demo-other', scene.operator)).to.deep.equal(['LMP-1']);
    expect(await scene.skusOf('owner=demo-other&q=lamp', scene.operator)).to.deep.equal(['LMP-1']);
    expect(await scene.skusOf('active=false', scene.operator)).to.deep.equal(['LMP-2']);
    for (const query of ['q=lamp', 'sku=LMP-1', 'name=x', 'category=home']) {
      const answer = await scene.operator.get(`/products?${query}`);
      expect([answer.status, answer.body.errors[0].path], query).to.deep.equal([400, 'owner']);
    }
    const foreign = await scene.shop.get('/products?owner=demo-other');
    expect([foreign.status, foreign.body.errors[0].path]).to.deep.equal([400, 'owner']);
    expect(await scene.skusOf('owner=demo-client&sku=LMP-1')).to.deep.equal(['LMP-1']);
  });

  it('given filters that are not valid, then each is named', async () => {
    const { body, status } = await scene.shop.get('/products?category=/a&active=1&q=&limit=0&colour=red');
    expect(status).to.equal(400);
    expect(body.errors.map(({ path }: { path: string }) => path)).to.have.members([
      'category',
      'active',
      'q',
      'limit',
      'colour',
    ]);
  });
});
