import { expect } from 'chai';
import { type CatalogueScene, catalogueScene } from '../../support/catalogue-scene';
import { rowsOf } from '../../support/rows';

describe('changes of products', () => {
  let scene: CatalogueScene;
  before(async () => {
    scene = await catalogueScene();
  });
  after(() => scene.stop());

  const patch = (path: string, body: object, headers = {}) =>
    scene.request(scene.shop, 'PATCH', path, body, headers);
  const remove = (path: string, headers = {}) =>
    scene.request(scene.shop, 'DELETE', path, undefined, headers);

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
});
