import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { migrate, runMigrations } from '../../../src/shared/postgres/migrate';
import { createEmptyDatabase } from '../../support/databases';
import { countRows, rowsOf } from '../../support/rows';
import { thrownBy } from '../../support/thrown-by';

describe('migrate', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'migrations-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  const write = (name: string, sql: string): void => writeFileSync(join(folder, name), sql);

  it('given two migrators at once, then each migration is applied once; a second run does nothing', async () => {
    const url = await createEmptyDatabase();
    write('0002_second.sql', 'INSERT INTO log VALUES (2)');
    write('0001_first.sql', 'CREATE TABLE log (n int); INSERT INTO log VALUES (1)');
    write('notes.txt', 'not a migration');
    const sources = [{ name: 'test', directory: folder }];
    const applied = await Promise.all([migrate(url, sources), migrate(url, sources)]);
    expect(applied.flatMap((result) => result.applied)).to.deep.equal([
      'test/0001_first.sql',
      'test/0002_second.sql',
    ]);
    expect(await rowsOf(url, 'SELECT n FROM log ORDER BY n')).to.deep.equal([{ n: 1 }, { n: 2 }]);
    expect(await migrate(url, sources)).to.deep.equal({ applied: [], postponed: [] });
  });

  it('given a file for the time after the deployment, then it waits, unless the deployment has ended or the database is new', async () => {
    const url = await createEmptyDatabase();
    const sources = [{ name: 'test', directory: folder }];
    const drop = 'test/0002_drop.sql';
    write('0001_first.sql', 'CREATE TABLE log (n int); CREATE INDEX log_n ON log (n)');
    await migrate(url, sources);
    write('0002_drop.sql', '-- migrate: after deployment\nDROP INDEX IF EXISTS log_n');
    expect(await migrate(url, sources)).to.deep.equal({ applied: [], postponed: [drop] });
    expect(await migrate(url, sources, 'public', { afterDeployment: true })).to.deep.equal({
      applied: [drop],
      postponed: [],
    });
    expect(await countRows(url, 'pg_indexes', "indexname = 'log_n'")).to.equal(0);
    const fresh = await migrate(await createEmptyDatabase(), sources);
    expect(fresh).to.deep.equal({ applied: ['test/0001_first.sql', drop], postponed: [] });
  });

  it('given a later file behind one that still waits for the end of a deployment, then nothing is applied and the error says so', async () => {
    const url = await createEmptyDatabase();
    const sources = [{ name: 'test', directory: folder }];
    write('0001_first.sql', 'CREATE TABLE log (n int)');
    await migrate(url, sources);
    write('0002_drop.sql', '-- migrate: after deployment\nDROP TABLE IF EXISTS former');
    write('0003_third.sql', 'INSERT INTO log VALUES (1)');
    const error = await thrownBy(migrate(url, sources));
    expect((error as Error).message).to.contain(
      'test/0002_drop.sql must be applied before test/0003_third.sql',
    );
    expect(await countRows(url, 'log')).to.equal(0);
  });

  it('given an applied migration that was changed later, then nothing is done and the error names it', async () => {
    const url = await createEmptyDatabase();
    const sources = [{ name: 'test', directory: folder }];
    write('0001_first.sql', 'CREATE TABLE log (n int)');
    await migrate(url, sources);
    write('0001_first.sql', 'CREATE TABLE log (n int, m int)');
    write('0002_second.sql', 'INSERT INTO log (m) VALUES (1)');
    const error = await thrownBy(migrate(url, sources));
    expect((error as Error).message).to.equal(
      'migration test/0001_first.sql was changed after it had been applied to this database',
    );
    expect(await countRows(url, 'log')).to.equal(0);
  });

  it('given a failing migration, then it has no effect, earlier ones are kept, and the error names it', async () => {
    const url = await createEmptyDatabase();
    write('0001_good.sql', 'CREATE TABLE good (n int)');
    write('0002_bad.sql', 'CREATE TABLE half (n int); SELECT * FROM nowhere');
    const error = await thrownBy(migrate(url, [{ name: 'test', directory: folder }]));
    expect((error as Error).message)
      .to.contain('test/0002_bad.sql')
      .and.contain('nowhere');
    expect(
      await rowsOf(url, `SELECT to_regclass('half') AS half, to_regclass('good') IS NOT NULL AS good`),
    ).to.deep.equal([{ half: null, good: true }]);
  });

  it('given a migration that takes long, then lines that name the service report it, and the result is one line', async () => {
    const url = await createEmptyDatabase();
    write('0001_slow.sql', 'SELECT pg_sleep(1)');
    const lines: string[] = [];
    const report = (line: string): void => void lines.push(line);
    const result = await runMigrations('shop', url, folder, 'public', { report, reportEveryMs: 400 });
    expect(lines[0]).to.match(/^shop: shop\/0001_slow\.sql has been running for \d+ s$/);
    expect(result).to.match(/^shop: applied event-log\/.+, shop\/0001_slow\.sql$/);
  });
});
