import { expect } from 'chai';
import { send } from '../../support/api-client';
import { type CatalogueScene, catalogueScene, productBody } from '../../support/catalogue-scene';

describe('products', () => {
  let scene: CatalogueScene;
  before(async () => {
    scene = await catalogueScene();
  });
  after(() => scene.stop());

  it('given only sku, name and price, then the other members have their defaults', async () => {
    const answer = await scene.shop.post('/products', { sku: 'plain', name: 'Plain', price: 5 });
    expect(answer.status, answer.text).to.equal(201);
    const { product_id: id, created_at: at, ...product } = answer.body;
    expect(product).to.deep.equal({
      sku: 'plain',
      name: 'Plain',
      description: null,
      category: null,
      currency: 'USD',
      price: 5,
      tax_class: null,
      weight_grams: null,
      attributes: {},
      image_url: null,
      active: true,
      version: 1,
      updated_at: at,
    });
    expect([answer.headers.get('location'), answer.headers.get('etag')]).to.deep.equal([
      `/products/${id}`,
      '"1"',
    ]);
    expect((await scene.shop.get(`/products/${id}`)).body).to.deep.equal(answer.body);
  });

  it('given all members, then they are read back unchanged, by id and by sku', async () => {
    const body = {
      sku: 'A/b c%?#ü"1',
      name: '=Lamp "x", 😀',
      description: 'two\nlines',
      category: 'Haus & Garten/Licht',
      currency: 'KWD',
      price: 1.234,
      tax_class: 'reduced',
      weight_grams: 0,
      attributes: { colour: 'green', size: '' },
      image_url: 'https://shop.example/a.png?b=c',
      active: false,
    };
    const { body: created, status } = await scene.shop.post('/products', body);
    expect([status, created]).to.deep.include(201);
    expect(created).to.deep.include(body);
    const path = `/products/sku:${encodeURIComponent(body.sku)}`;
    expect((await scene.shop.get(path)).body).to.deep.equal(created);
  });

  it('given invalid members, then each is named', async () => {
    const { body, status } = await scene.shop.post('/products', {
      sku: '',
      name: 'x'.repeat(201),
      description: '',
      category: '/home//a/',
      currency: 'XXX',
      price: -1,
      tax_class: 5,
      weight_grams: 1.5,
      attributes: { a: 1 },
      image_url: 'javascript:alert(1)',
      active: 'yes',
      stock: 5,
    });
    expect(status).to.equal(400);
    expect(body.errors.map(({ path }: { path: string }) => path)).to.have.members([
      'sku',
      'name',
      'description',
      'category',
      'currency',
      'price',
      'tax_class',
      'weight_grams',
      'attributes.a',
      'image_url',
      'active',
      'stock',
    ]);
    const members: [string, unknown][] = [
      ['sku', 'x'.repeat(101)],
      ['sku', 'a\u0000b'],
      ['category', 'a/b/c/d/e/f/g/h/i'],
      ['category', 'x'.repeat(61)],
      ['category', '\ud800'],
      ['attributes', Object.fromEntries([...Array(51)].map((_, n) => [`a${n}`, '']))],
      ['image_url', 'ftp://shop.example/a'],
      ['image_url', 'https://'],
      ['price', 1.001],
      ['price', 0],
      ['price', 2 ** 60],
      ['weight_grams', 2 ** 31],
    ];
    for (const [member, value] of members) {
      const refused = await scene.shop.post('/products', productBody({ [member]: value }));
      expect([refused.status, refused.body.errors[0].path], `${member} ${String(value)}`).to.deep.equal([
        400,
        member,
      ]);
    }
  });

  it('given a repeat with the same key, then there is one product; given the key with another body, then 422', async () => {
    const body = productBody({ name: 'Once' });
    const key = { 'Idempotency-Key': 'product-1' };
    const first = await scene.shop.post('/products', body, key);
    const second = await scene.shop.post('/products', body, key);
    expect([second.status, second.text, second.headers.get('idempotency-replayed')]).to.deep.equal([
      201,
      first.text,
      'true',
    ]);
    expect(second.headers.get('location')).to.equal(first.headers.get('location'));
    const reused = await scene.shop.post('/products', productBody(), key);
    expect([reused.status, reused.body.code]).to.deep.equal([422, 'idempotency_key_reused']);
  });

  it('given two creations of one sku at once, then one is 201, the other 409, and there is one product', async () => {
    for (let round = 0; round < 5; round += 1) {
      const body = productBody();
      const answers = await Promise.all([...Array(6)].map(() => scene.shop.post('/products', body)));
      expect(answers.map(({ status }) => status).sort()).to.deep.equal([201, 409, 409, 409, 409, 409]);
      const refused = answers.find(({ status }) => status === 409)!;
      expect([refused.body.code, refused.body.errors[0].path]).to.deep.equal(['sku_taken', 'sku']);
      expect(await scene.skusOf(`sku=${body.sku}`)).to.deep.equal([body.sku]);
    }
  });

  it('given the same sku of two shops, then each has its own product, and does not see that of the other', async () => {
    const [mine, theirs] = [
      await scene.create({ sku: 'shared', name: 'Mine' }),
      await scene.create({ sku: 'shared', name: 'Theirs' }, scene.other),
    ];
    expect((await scene.shop.get('/products/sku:shared')).body).to.deep.equal(mine);
    expect((await scene.other.get('/products/sku:shared')).body).to.deep.equal(theirs);
    for (const [method, suffix, body] of [
      ['GET', ''],
      ['GET', '/prices'],
      ['PATCH', '', { price: 1 }],
      ['DELETE', ''],
    ] as const) {
      const answer = await scene.request(scene.other, method, `/products/${mine.product_id}${suffix}`, body);
      expect([answer.status, answer.body.code], method).to.deep.equal([404, 'product_not_found']);
    }
    expect((await scene.operator.get(`/products/${theirs.product_id}`)).body).to.deep.equal(theirs);
    expect((await scene.operator.get('/products/sku:shared')).status).to.equal(404);
    const changed = await scene.request(scene.operator, 'PATCH', `/products/${theirs.product_id}`, {
      name: 'Checked',
    });
    expect(changed.body).to.include({ name: 'Checked', version: 2 });
  });

  it('given text that names no product, then 404', async () => {
    for (const name of [
      'nonsense',
      'sku:',
      `sku:${'x'.repeat(101)}`,
      'sku:a%00b',
      '01a1fc42-fc03-72fd-b531-1111a4fbee14',
    ]) {
      const answer = await scene.shop.get(`/products/${name}`);
      expect([answer.status, answer.body.code], name).to.deep.equal([404, 'product_not_found']);
    }
  });

  it('given a token without the scope, then writing is 403, and reading is possible', async () => {
    const { body: reader } = await scene.operator.post('/clients', { scopes: ['order:read'] });
    const { body: token } = await send(`${scene.pair.orderUrl}/auth/token`, 'POST', {
      grant_type: 'client_credentials',
      client_id: reader.client_id,
      client_secret: reader.client_secret,
    });
    const headers = { Authorization: `Bearer ${token.access_token}` };
    const path = `${scene.pair.orderUrl}/products`;
    expect((await send(path, 'POST', productBody(), headers)).status).to.equal(403);
    expect(
      (await send(`${path}/import`, 'POST', 'sku', { ...headers, 'Content-Type': 'text/csv' })).status,
    ).to.equal(403);
    expect((await send(path, 'GET', undefined, headers)).status).to.equal(200);
  });
});
