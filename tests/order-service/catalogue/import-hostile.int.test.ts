import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { type CatalogueScene, catalogueScene } from '../../support/catalogue-scene';
import { eventually } from '../../support/eventually';
import { countRows, rowsOf } from '../../support/rows';

const HEADER = 'sku,name,price\n';
const linesOf = (count: number, prefix: string): string =>
  [...Array(count)].map((_, n) => `${prefix}-${n},Product ${prefix} ${n},1.5`).join('\n');

describe('hostile imports of products', function () {
  this.timeout(90_000);
  let scene: CatalogueScene;
  before(async () => {
    scene = await catalogueScene();
  });
  after(() => scene.stop());

  // It writes terms; long transactions of others, such as of the sequencer behind an earlier import, do not.
  const importing = `SELECT pid FROM pg_stat_activity
     WHERE datname = current_database() AND xact_start < now() - interval '50 ms'
       AND pid IN (SELECT pid FROM pg_locks WHERE relation = 'product_terms'::regclass AND mode = 'RowExclusiveLock')`;

  /** Starts an import and waits until it writes. */
  async function started(prefix: string, count = 20_000) {
    const request = httpRequest(`${scene.pair.orderUrl}/products/import`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${scene.shop.token}`, 'Content-Type': 'text/csv' },
    });
    request.on('error', () => undefined);
    request.end(HEADER + linesOf(count, prefix));
    const [backend] = await eventually(async () => {
      const found = await rowsOf<{ pid: number }>(scene.url, importing);
      expect(found).to.have.length.above(0);
      return found;
    });
    return { request, pid: backend!.pid };
  }

  const nothingOf = async (prefix: string): Promise<void> => {
    expect(await countRows(scene.url, 'products', `sku LIKE '${prefix}-%'`)).to.equal(0);
    expect(await countRows(scene.url, 'product_terms', `term LIKE '${prefix}%'`)).to.equal(0);
    expect(
      await countRows(scene.url, 'events', `payload -> 'product' ->> 'sku' LIKE '${prefix}-%'`),
    ).to.equal(0);
  };

  const refused: [name: string, file: string, path: string, message: RegExp][] = [
    ['a quote that is not closed', `${HEADER}a,"A,1\nb,B,1\n`, 'lines[2]', /not closed/],
    ['text behind a quote', `${HEADER}a,A,1\nb,"B"x,1\nc,C,0\n`, 'lines[3]', /closing quote/],
    ['a quote within a plain cell', `${HEADER}a,A"B,1\n`, 'lines[2]', /quote/],
    ['too few cells', `${HEADER}a,A\n`, 'lines[2]', /must have 3 cells/],
    ['too many cells', `${HEADER}a,A,1,2\n`, 'lines[2]', /must have 3 cells/],
    ['an unknown column', 'sku,name,price,colour\na,A,1,red\n', 'lines[1].columns[4]', /known column/],
    ['a column twice', 'sku,name,price,sku\na,A,1,b\n', 'lines[1].columns[4]', /repeated/],
    ['no column for the price', 'sku,name\na,A\n', 'lines[1].price', /required/],
    ['semicolons', 'sku;name;price\na;A;1\n', 'lines[1].columns[1]', /known column/],
    ['a decimal comma', `${HEADER}a,A,"1,50"\n`, 'lines[2].price', /decimal number/],
    ['a price that is too large', `${HEADER}a,A,1000000000000000000\n`, 'lines[2].price', /larger than/],
    ['an exponent', `${HEADER}a,A,1e3\n`, 'lines[2].price', /decimal number/],
    ['a price that no double holds', `${HEADER}a,A,19.9900000000000001\n`, 'lines[2].price', /double/],
    ['NUL', `${HEADER}a,A\u0000,1\n`, 'lines[2].name', /NUL/],
    ['a cell of 200 kB', `${HEADER}a,${'x'.repeat(200_000)},1\nb,B,1\n`, 'lines[2]', /longer than 100 kB/],
    ['a name that is too long', `${HEADER}a,${'x'.repeat(201)},1\n`, 'lines[2].name', /200/],
  ];

  for (const [name, file, path, message] of refused)
    it(`given ${name}, then the file is refused, and its line is named`, async () => {
      const answer = await scene.importFile(file);
      expect([answer.status, answer.body.code], answer.text).to.deep.equal([422, 'import_refused']);
      expect(answer.body.errors[0].path).to.equal(path);
      expect(answer.body.errors[0].message).to.match(message);
      expect(await countRows(scene.url, 'products')).to.equal(0);
    });

  it('given faults before a quote that is not closed, then both are listed', async () => {
    const { body } = await scene.importFile(`${HEADER}a,A,0\nb,"B,1\n`);
    expect(body.errors.map(({ path }: { path: string }) => path)).to.deep.equal([
      'lines[2].price',
      'lines[3]',
    ]);
  });

  it('given an empty file, white space, only a header, or another media type, then it is refused as a whole', async () => {
    for (const file of ['', '\n\n', ' ', HEADER]) {
      const answer = await scene.importFile(file);
      expect(answer.status, JSON.stringify(file)).to.be.oneOf([400, 422]);
    }
    const empty = await scene.importFile(HEADER);
    expect([empty.status, empty.body.code]).to.deep.equal([400, 'validation_failed']);
    expect((await scene.importFile('x', { type: 'text/plain' })).status).to.equal(415);
    expect((await scene.importFile('{}', { type: 'application/json' })).status).to.equal(415);
    const binary = await fetch(`${scene.pair.orderUrl}/products/import`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${scene.shop.token}`, 'Content-Type': 'text/csv' },
      body: Buffer.concat([Buffer.from(`${HEADER}a,Ä,1\n${'\n'.repeat(70_000)}b,`), Buffer.from([0xff])]),
    });
    const { code, detail } = (await binary.json()) as { code: string; detail: string };
    expect([binary.status, code, detail]).to.deep.equal([
      400,
      'malformed_json',
      'the request body is not UTF-8 in line 70003',
    ]);
  });

  it('given more than 100 000 products, then the file is refused', async () => {
    const answer = await scene.importFile(HEADER + linesOf(100_001, 'much'));
    expect([answer.status, answer.body.code]).to.deep.equal([400, 'validation_failed']);
    await nothingOf('much');
  });

  it('given 30 MB of empty lines, then other requests are answered meanwhile', async () => {
    for (const type of ['text/csv', 'application/x-ndjson']) {
      let [answers, isOver] = [0, false];
      const answered = scene
        .importFile('\n'.repeat(30 * 1024 * 1024), { type })
        .finally(() => (isOver = true));
      while (!isOver) {
        await scene.other.get('/health/live');
        answers += 1;
        await delay(5);
      }
      expect((await answered).status).to.equal(400);
      // A service that did nothing else meanwhile would answer two or three.
      expect(answers, type).to.be.above(10);
    }
  });

  it('given a caller that disconnects while the products are written, then nothing is imported', async () => {
    const { request } = await started('gone');
    request.destroy();
    await eventually(async () => expect(await rowsOf(scene.url, importing)).to.have.length(0));
    await nothingOf('gone');
  });

  it('given the end of the database session in the middle, then nothing is imported, and a repeat imports all', async () => {
    const { request, pid } = await started('killed');
    const answered = once(request, 'response');
    await rowsOf(scene.url, 'SELECT pg_terminate_backend($1)', [pid]);
    const [response] = await answered;
    expect(response.statusCode).to.equal(503);
    response.resume();
    await nothingOf('killed');
    const again = await scene.importFile(HEADER + linesOf(20_000, 'killed'));
    expect(again.body, again.text).to.deep.equal({ created: 20_000, updated: 0, unchanged: 0 });
  });

  it('given an import in progress, then another one of the shop is 409; other shops, creations and orders go on', async () => {
    const { request } = await started('first');
    const second = await scene.importFile(`${HEADER}second,B,1\n`);
    expect([second.status, second.body.code]).to.deep.equal([409, 'import_in_progress']);
    expect(second.headers.get('retry-after')).to.equal('5');
    const parallel = await scene.importFile(`${HEADER}parallel,B,1\n`, { as: scene.other });
    expect(parallel.status).to.equal(200);
    const created = await scene.shop.post('/products', { sku: 'beside', name: 'Product beside', price: 1 });
    expect(created.status).to.equal(201);
    const [response] = await once(request, 'response');
    expect(response.statusCode).to.equal(200);
    response.resume();
  });

  it('given products that are created while the same skus are imported, then each sku has one product', async () => {
    const creations = [...Array(30)].map((_, n) =>
      scene.other.post('/products', { sku: `race-${n}`, name: 'By hand', price: 1 }),
    );
    const imported = await scene.importFile(HEADER + linesOf(30, 'race'), { as: scene.other });
    const answers = await Promise.all(creations);
    expect(imported.status, imported.text).to.equal(200);
    for (const { status } of answers) expect(status).to.be.oneOf([201, 409, 503]);
    expect(await countRows(scene.url, 'products', `sku LIKE 'race-%' AND owner = 'demo-other'`)).to.equal(30);
    const versions = await rowsOf<{ faults: number }>(
      scene.url,
      `SELECT count(*)::int AS faults FROM products p
        WHERE p.owner = 'demo-other' AND p.version <> (SELECT count(*) FROM events e WHERE e.subject_id = p.product_id)`,
    );
    expect(versions[0]!.faults).to.equal(0);
  });
});
