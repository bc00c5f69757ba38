import { expect } from 'chai';
import { send } from '../../support/api-client';
import { type CatalogueScene, catalogueScene, productBody } from '../../support/catalogue-scene';
import { rowsOf } from '../../support/rows';

describe('products', () => {
  let scene: CatalogueScene;
  before(async () => {
    scene = await catalogueScene();
  });
  after(() => scene.stop());

  const patch = (path: string, body: object, headers = {}, as = scene.shop) =>
    scene.request(as, 'PATCH', path, body, headers);
  const remove = (path: string, headers = {}, as = scene.shop) =>
    scene.request(as, 'DELETE', path, undefined, headers);

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
    const changed = await patch(`/products/${theirs.product_id}`, { name: 'Checked' }, {}, scene.operator);
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

  it('given a change, then absent members stay, null removes, and the version counts only what changed', async () => {
    const { product_id: id } = await scene.create({
      description: 'first',
      category: 'a/b',
      attributes: { a: '1', b: '2' },
    });
    const path = `/products/${id}`;
    const change = async (body: object) => (await patch(path, body)).body;
    expect(await change({ attributes: { b: '3' } })).to.deep.include({
      attributes: { b: '3' },
      description: 'first',
      version: 2,
    });
    expect(await change({})).to.include({ version: 2 });
    expect(await change({ description: 'first', attributes: { b: '3' }, price: 9.9 })).to.include({
      version: 2,
    });
    expect(await change({ description: null, category: null })).to.include({
      description: null,
      category: null,
      version: 3,
    });
    expect(await change({ sku: `renamed-${id}`, active: false })).to.include({
      sku: `renamed-${id}`,
      active: false,
      version: 4,
    });
    expect((await scene.shop.get(`/products/sku:renamed-${id}`)).body.version).to.equal(4);
  });

  it('given a price that the currency does not have, or a currency without a price, then 400 names the price', async () => {
    const { product_id: id } = await scene.create({ currency: 'JPY', price: 500 });
    for (const body of [{ price: 1.5 }, { currency: 'USD' }, { currency: 'USD', price: 1.005 }]) {
      const answer = await patch(`/products/${id}`, body);
      expect([answer.status, answer.body.errors[0].path], JSON.stringify(body)).to.deep.equal([400, 'price']);
    }
    expect((await patch(`/products/${id}`, { currency: 'USD', price: 5.5 })).body).to.include({
      currency: 'USD',
      price: 5.5,
      version: 2,
    });
  });

  it('given the sku of another product, then a change to it is 409 and changes nothing', async () => {
    const [one, two] = [await scene.create(), await scene.create()];
    const answer = await patch(`/products/${two.product_id}`, { sku: one.sku, name: 'Both' });
    expect([answer.status, answer.body.code]).to.deep.equal([409, 'sku_taken']);
    expect((await scene.shop.get(`/products/${two.product_id}`)).body).to.deep.equal(two);
  });

  it('given two changes with one ETag at once, then one is 200 and the other 412 with the present version', async () => {
    const { product_id: id } = await scene.create();
    const changes = [1, 2].map((n) => patch(`/products/${id}`, { name: `n${n}` }, { 'If-Match': '"1"' }));
    const answers = await Promise.all(changes);
    expect(answers.map(({ status }) => status).sort()).to.deep.equal([200, 412]);
    const late = answers.find(({ status }) => status === 412)!;
    expect([late.body.current_version, late.headers.get('etag')]).to.deep.equal([2, '"2"']);
    expect((await patch(`/products/${id}`, { name: 'x' }, { 'If-Match': '1' })).status).to.equal(400);
    expect((await remove(`/products/${id}`, { 'If-Match': '"1"' })).status).to.equal(412);
    expect((await remove(`/products/${id}`, { 'If-Match': '"1", "2"' })).status).to.equal(204);
  });

  it('given a deleted product, then it is not found, and its sku is free for another one', async () => {
    const { product_id: id, sku } = await scene.create({ category: 'gone' });
    expect((await remove(`/products/sku:${sku}`)).status).to.equal(204);
    for (const path of [`/products/${id}`, `/products/sku:${sku}`, `/products/${id}/prices`])
      expect((await scene.shop.get(path)).status, path).to.equal(404);
    expect((await remove(`/products/${id}`)).status).to.equal(404);
    expect((await patch(`/products/${id}`, { name: 'x' })).status).to.equal(404);
    expect(await scene.skusOf(`sku=${sku}`)).to.deep.equal([]);
    const again = await scene.create({ sku });
    expect(again.product_id).not.to.equal(id);
    expect(again.version).to.equal(1);
  });

  it('given the tag of a path with a sku, then it does not stand for another product with that sku', async () => {
    const { product_id: id, sku } = await scene.create();
    const path = `/products/sku:${sku}`;
    const tag = (await scene.shop.get(path)).headers.get('etag')!;
    expect(tag).to.equal(`"1-${id}"`);
    expect((await scene.shop.get(path, { 'If-None-Match': tag })).status).to.equal(304);
    await remove(path, { 'If-Match': tag });
    await scene.create({ sku, name: 'Another' });
    const read = await scene.shop.get(path, { 'If-None-Match': tag });
    expect([read.status, read.body.name]).to.deep.equal([200, 'Another']);
    expect((await patch(path, { name: 'x' }, { 'If-Match': tag })).status).to.equal(412);
    expect((await patch(path, { name: 'x' }, { 'If-Match': '"1"' })).status).to.equal(200);
  });

  it('given every step, then there is one event with the complete product, and the prices have their history', async () => {
    const { product_id: id } = await scene.create({ price: 10, currency: 'USD' });
    const path = `/products/${id}`;
    await patch(path, { name: 'Second' });
    await patch(path, { price: 12.5, name: 'Third' });
    await patch(path, { price: 1_000, currency: 'JPY' });
    const { body: last } = await scene.shop.get(path);
    const { body: prices } = await scene.shop.get(`${path}/prices`);
    expect(
      prices.data.map(({ price, currency, version }: Record<string, unknown>) => [price, currency, version]),
    ).to.deep.equal([
      [1_000, 'JPY', 4],
      [12.5, 'USD', 3],
      [10, 'USD', 1],
    ]);
    expect(prices.data[0]).to.include({ valid_from: last.updated_at, actor: 'demo-client' });
    const page = await scene.shop.get(`${path}/prices?limit=2`);
    const rest = await scene.shop.get(`${path}/prices?limit=2&cursor=${page.body.next_cursor}`);
    expect([...page.body.data, ...rest.body.data]).to.deep.equal(prices.data);
    expect(rest.body.next_cursor).to.equal(null);
    await remove(path);
    const events = await rowsOf<{ type: string; version: number; payload: Record<string, unknown> }>(
      scene.url,
      `SELECT type, version, payload, owner, subject_type, actor FROM events WHERE subject_id = $1 ORDER BY version`,
      [id],
    );
    expect(events.map(({ type, version }) => [type, version])).to.deep.equal([
      ['PRODUCT_CREATED', 1],
      ['PRODUCT_UPDATED', 2],
      ['PRODUCT_PRICE_CHANGED', 3],
      ['PRODUCT_PRICE_CHANGED', 4],
      ['PRODUCT_DELETED', 5],
    ]);
    expect(events[0]).to.include({ owner: 'demo-client', subject_type: 'product', actor: 'demo-client' });
    expect(events[1]!.payload).to.have.all.keys('product');
    expect(events[2]!.payload)
      .to.include({ previous_price: 10 })
      .and.not.to.have.property('previous_currency');
    expect(events[3]!.payload).to.include({ previous_price: 12.5, previous_currency: 'USD' });
    expect(events[3]!.payload['product']).to.deep.equal(last);
    expect(events[4]!.payload['product']).to.deep.include({
      ...last,
      version: 5,
      updated_at: (events[4]!.payload['product'] as typeof last).updated_at,
    });
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
