import { expect } from 'chai';
import { parse } from 'csv-parse/sync';
import { type CatalogueScene, catalogueScene } from '../../support/catalogue-scene';

describe('the export of products', function () {
  this.timeout(60_000);
  let scene: CatalogueScene;
  before(async () => {
    scene = await catalogueScene();
  });
  after(() => scene.stop());

  const exported = async (query: string, as = scene.shop) => {
    const answer = await as.get(`/products/export?${query}`);
    expect(answer.status, answer.text).to.equal(200);
    return answer;
  };
  const skusIn = (csv: string): string[] =>
    (parse(csv, { columns: true }) as { sku: string }[]).map(({ sku }) => sku);

  it('given no products, then NDJSON is empty and CSV has the names of the columns', async () => {
    expect((await exported('')).text).to.equal('');
    const { text, headers } = await exported('format=csv');
    expect(text).to.match(
      /^sku,name,description,[\w,]+,active,product_id,version,created_at,updated_at\r\n$/,
    );
    expect([headers.get('content-type'), headers.get('content-disposition')]).to.deep.equal([
      'text/csv; charset=utf-8',
      'attachment; filename="products.csv"',
    ]);
  });

  it('given more products than a page of the export, then all are in it, newest first, as the API shows them', async () => {
    const lines = [...Array(1_200)].map((_, n) => `e-${n},Export ${n},${n + 1}.25,many/${n % 2}`);
    await scene.importFile(`sku,name,price,category\n${lines.join('\n')}`);
    const all = lines.map((line) => line.split(',')[0]!).reverse();
    const json = (await exported('format=ndjson')).text.trimEnd().split('\n');
    expect(json.map((line) => (JSON.parse(line) as { sku: string }).sku)).to.deep.equal(all);
    const { body } = await scene.shop.get('/products/sku:e-7');
    expect(JSON.parse(json.at(-8)!)).to.deep.equal(body);
    expect(skusIn((await exported('format=csv')).text)).to.deep.equal(all);
  });

  it('given filters, then only products that match are exported', async () => {
    expect(skusIn((await exported('format=csv&category=many/1')).text)).to.have.length(600);
    expect(skusIn((await exported('format=csv&q=export%207&category=many')).text)).to.include('e-7');
    expect(skusIn((await exported('format=csv&sku=e-9')).text)).to.deep.equal(['e-9']);
    expect((await exported('active=false')).text).to.equal('');
    expect((await scene.shop.get('/products/export?format=xml')).status).to.equal(400);
  });

  it('given another shop, then its export has none of these products; an operator exports those of a client', async () => {
    expect((await exported('', scene.other)).text).to.equal('');
    expect(skusIn((await exported('format=csv&owner=demo-client', scene.operator)).text)).to.have.length(
      1_200,
    );
    expect((await scene.operator.get('/products/export?q=export')).status).to.equal(400);
  });

  it('given text that a spreadsheet would run, then it has an apostrophe before it', async () => {
    await scene.create({ sku: '=1+1', name: '@cmd' }, scene.other);
    const { text } = await exported('format=csv', scene.other);
    expect(text).to.contain(`"'=1+1","'@cmd"`);
  });
});
