import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { type CatalogueScene, catalogueScene } from '../../support/catalogue-scene';
import { countRows, rowsOf } from '../../support/rows';

const NDJSON = 'application/x-ndjson';

describe('the import of products', function () {
  this.timeout(60_000);
  let scene: CatalogueScene;
  before(async () => {
    scene = await catalogueScene();
  });
  after(() => scene.stop());

  it('given a CSV file, then products are created, updated and left unchanged, each change with its event', async () => {
    await scene.create({ sku: 'old', name: 'Old', price: 5, category: 'a' });
    await scene.create({ sku: 'same', name: 'Same', price: 7 });
    await scene.create({ sku: 'untouched' });
    const file =
      'sku,name,price,category\nnew,New lamp,19.90,home/lighting\nold,Renamed,6,\nsame,Same,7.00,\n';
    const answer = await scene.importFile(file);
    expect([answer.status, answer.body]).to.deep.equal([200, { created: 1, updated: 1, unchanged: 1 }]);
    expect((await scene.shop.get('/products/sku:new')).body).to.include({
      name: 'New lamp',
      price: 19.9,
      currency: 'USD',
      category: 'home/lighting',
      version: 1,
    });
    expect((await scene.shop.get('/products/sku:old')).body).to.include({
      name: 'Renamed',
      price: 6,
      category: null,
      version: 2,
    });
    expect((await scene.shop.get('/products/sku:same')).body.version).to.equal(1);
    expect((await scene.shop.get('/products/sku:untouched')).status).to.equal(200);
    const events = await rowsOf<{ type: string; sku: string }>(
      scene.url,
      `SELECT type, payload -> 'product' ->> 'sku' AS sku FROM events WHERE subject_type = 'product' ORDER BY seq`,
    );
    expect(events.slice(3).map(({ type, sku }) => `${sku} ${type}`)).to.have.members([
      'old PRODUCT_PRICE_CHANGED',
      'new PRODUCT_CREATED',
    ]);
    expect(await scene.skusOf('q=lamp')).to.deep.equal(['new']);
    expect((await scene.shop.get('/products/sku:old/prices')).body.data).to.have.length(2);
    expect((await scene.importFile(file)).body).to.deep.equal({ created: 0, updated: 0, unchanged: 3 });
  });

  it('given NDJSON, then it is imported in the same way, with or without compression', async () => {
    const lines = [
      { sku: 'j1', name: 'One', price: 1, attributes: { a: 'b' } },
      { sku: 'j2', name: 'Two', price: 2, currency: 'JPY', active: false },
    ];
    const text = `\n${lines.map((line) => JSON.stringify(line)).join('\r\n\n')}  \n\n`;
    const answer = await scene.importFile(text, { type: NDJSON });
    expect([answer.status, answer.body]).to.deep.equal([200, { created: 2, updated: 0, unchanged: 0 }]);
    expect((await scene.shop.get('/products/sku:j1')).body.attributes).to.deep.equal({ a: 'b' });
    const response = await fetch(`${scene.pair.orderUrl}/products/import`, {
      method: 'POST',
      headers: {
        Authorization: `Bearer ${scene.shop.token}`,
        'Content-Type': NDJSON,
        'Content-Encoding': 'gzip',
      },
      body: gzipSync(text),
    });
    expect([response.status, await response.json()]).to.deep.equal([
      200,
      { created: 0, updated: 0, unchanged: 2 },
    ]);
  });

  it('given a byte order mark, CRLF, quotes, line breaks in cells and empty lines, then the text is read as it was meant', async () => {
    const file =
      '\ufeffsku,"name",price,description\r\n\r\n"q,1","say ""hi""",1,"two\r\nlines"\r\n\r\n"q2",plain,2,\r\n';
    expect((await scene.importFile(file)).body).to.deep.equal({ created: 2, updated: 0, unchanged: 0 });
    const { body } = await scene.shop.get(`/products/sku:${encodeURIComponent('q,1')}`);
    expect(body).to.include({ name: 'say "hi"', description: 'two\r\nlines' });
    for (const lineEnd of ['\n', '\r'])
      expect((await scene.importFile(['sku,name,price', 'q2,plain,2'].join(lineEnd))).body).to.deep.equal({
        created: 0,
        updated: 0,
        unchanged: 1,
      });
  });

  it('given an export, when it is imported again, then nothing changes; in another shop it creates equal products', async () => {
    await scene.create({
      sku: "=1+1'",
      name: "'=cmd\n@x",
      description: '\tTab "and" 😀',
      attributes: { '=a': '+b', "'": '\u2028' },
      weight_grams: 0,
      active: false,
    });
    const members = ({ product_id, version, created_at, updated_at, ...rest }: Record<string, unknown>) => {
      expect([product_id, version, created_at, updated_at]).not.to.include(undefined);
      return rest;
    };
    const all = async (as = scene.shop) =>
      ((await as.get('/products?limit=100')).body.data as Record<string, unknown>[])
        .map(members)
        .sort((a, b) => (String(a['sku']) < String(b['sku']) ? -1 : 1));
    for (const [format, type] of [
      ['csv', 'text/csv'],
      ['ndjson', NDJSON],
    ] as const) {
      const { text } = await scene.shop.get(`/products/export?format=${format}`);
      const again = await scene.importFile(text, { type });
      expect([again.body.created, again.body.updated], again.text).to.deep.equal([0, 0]);
      const copied = await scene.importFile(text, { type, as: scene.other });
      expect(copied.body.created + copied.body.unchanged, copied.text).to.equal(again.body.unchanged);
      expect(await all(scene.other)).to.deep.equal(await all());
    }
  });

  it('given one faulty line, then the whole file is refused with the line and the member, and nothing is imported', async () => {
    const before = await countRows(scene.url, 'products');
    const file =
      'sku,name,price,weight_grams,active\nok1,A,1,,\nbad,B,1.001,x,maybe\nok2,C,-5,,\n,D,1,,true\nok3,E,1,,';
    const { status, body } = await scene.importFile(file);
    expect([status, body.code]).to.deep.equal([422, 'import_refused']);
    expect(body.errors.map(({ path }: { path: string }) => path)).to.deep.equal([
      'lines[3].weight_grams',
      'lines[3].active',
      'lines[4].price',
      'lines[5].sku',
    ]);
    expect(body.detail).to.contain('4 errors');
    expect(await countRows(scene.url, 'products')).to.equal(before);
    const json = await scene.importFile('{"sku":"n1","name":"A","price":1}\n{"sku":"n2"}\n[1]\nnonsense', {
      type: NDJSON,
    });
    expect(json.body.errors.map(({ path }: { path: string }) => path)).to.include.members([
      'lines[2].name',
      'lines[2].price',
      'lines[3]',
      'lines[4]',
    ]);
    expect(await countRows(scene.url, 'products')).to.equal(before);
  });

  it('given a sku twice in a file, then the second line names the first', async () => {
    const { status, body } = await scene.importFile('sku,name,price\nd1,A,1\nd2,B,1\n\nd1,C,1\n');
    expect([status, body.errors]).to.deep.equal([
      422,
      [{ path: 'lines[5].sku', message: 'is the sku of line 2 too' }],
    ]);
  });

  it('given more faults than are listed, then a thousand are listed, and the others are counted', async () => {
    const file = `sku,name,price\n${[...Array(1_500)].map((_, n) => `f${n},F,0`).join('\n')}`;
    const { body } = await scene.importFile(file);
    expect([body.errors.length, body.more_errors]).to.deep.equal([1_000, 500]);
    expect(body.errors[999].path).to.equal('lines[1001].price');
  });

  it('given 10 000 products, then they are imported with terms, prices, counts and events, and orders are listed meanwhile', async () => {
    const lines = [...Array(10_000)].map((_, n) => `bulk-${n},Bulk product ${n},${n + 1},bulk/${n % 10}`);
    let isOver = false;
    const imported = scene
      .importFile(`sku,name,price,category\n${lines.join('\n')}`, { as: scene.other })
      .finally(() => (isOver = true));
    // The list of orders waits for the events of orders, not for 10 000 events of products.
    for (let after = 0; after < 20; after += isOver ? 1 : 0)
      for (const as of [scene.shop, scene.other]) expect((await as.get('/orders')).status).to.equal(200);
    const answer = await imported;
    expect(answer.body.created, answer.text).to.equal(10_000);
    expect(await scene.skusOf('sku=bulk-9999', scene.other)).to.deep.equal(['bulk-9999']);
    expect(await scene.skusOf('q=bulk 7777', scene.other)).to.deep.equal(['bulk-7777']);
    const { body } = await scene.other.get('/categories?parent=bulk');
    expect([body.data[0].products, body.data[0].children.length]).to.deep.equal([10_000, 10]);
    const condition = `product_id IN (SELECT product_id FROM products WHERE sku LIKE 'bulk-%')`;
    expect(await countRows(scene.url, 'product_prices', condition)).to.equal(10_000);
    expect(await countRows(scene.url, 'events', condition.replace('product_id', 'subject_id'))).to.equal(
      10_000,
    );
  });
});
