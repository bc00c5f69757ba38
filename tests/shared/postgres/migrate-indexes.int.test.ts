import { expect } from 'chai';
import { eventually } from '../../support/eventually';
import { createMigrationScene, type MigrationScene } from '../../support/migration-scene';
import { rowsOf } from '../../support/rows';
import { startSessionProxy } from '../../support/session-proxy';
import { thrownBy } from '../../support/thrown-by';

const FILE = '0001_log_by_n.sql';
const NAME = `test/${FILE}`;

describe('a migration that runs without transaction', () => {
  let scene: MigrationScene;
  beforeEach(async () => {
    scene = await createMigrationScene();
    await rowsOf(scene.url, 'CREATE TABLE log AS SELECT n FROM generate_series(1, 1000) n');
  });
  afterEach(() => scene.end());

  const write = (statement: string): void =>
    scene.write(FILE, `-- migrate: without transaction\n${statement}\n`);
  const indexes = (): Promise<object[]> =>
    rowsOf(
      scene.url,
      `SELECT c.relname AS name, i.indisvalid AS is_valid FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
        WHERE i.indrelid = 'log'::regclass`,
    );
  const VALID = [{ name: 'log_by_n', is_valid: true }];

  for (const build of [
    'CREATE INDEX CONCURRENTLY log_by_n',
    'CREATE INDEX CONCURRENTLY IF NOT EXISTS log_by_n',
  ])
    it(`given ${build} whose server process is ended, then the next run builds the index`, async () => {
      write(`${build} ON log (n);`);
      const old = await scene.session();
      await old.query('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM log');
      const running = thrownBy(scene.run());
      await endWhileItWaits('^-- migrate: without');
      expect(String(await running)).to.contain(`migration ${NAME} failed: terminating connection`);
      await old.query('COMMIT');
      expect(await indexes()).to.deep.equal([{ name: 'log_by_n', is_valid: false }]);
      expect(await scene.applied()).to.deep.equal([]);
      expect(await scene.run()).to.deep.equal([NAME]);
      expect(await indexes()).to.deep.equal(VALID);
    });

  it('given an old transaction for longer than the lock timeout, then the build waits for it, others write, and the wait is reported', async () => {
    write('CREATE INDEX CONCURRENTLY log_by_n ON log (n)');
    const old = await scene.session('a report');
    await old.query('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM log');
    const running = scene.run({ lockTimeoutMs: 200, lockWaitMs: 500, reportEveryMs: 500 });
    await eventually(() => expect(scene.reported).to.have.length.above(2));
    await rowsOf(scene.url, `SET statement_timeout = 500; INSERT INTO log VALUES (1)`);
    await old.query('COMMIT');
    expect(await running).to.deep.equal([NAME]);
    expect(await indexes()).to.deep.equal(VALID);
    expect(scene.reported[0]).to.match(
      /^test\/0001_log_by_n\.sql has been running for \d+ s: waiting for .+; waiting for pid \d+ \(a report, idle in transaction, transaction open for \d+ s\)$/,
    );
  });

  it('given a migrator that ended after the build and before its record, then the index counts as built', async () => {
    write('CREATE INDEX CONCURRENTLY log_by_n ON log (n)');
    await rowsOf(scene.url, 'CREATE INDEX log_by_n ON log (n)');
    const [before] = await rowsOf(scene.url, `SELECT 'log_by_n'::regclass::oid AS oid`);
    expect(await scene.run()).to.deep.equal([NAME]);
    expect(await rowsOf(scene.url, `SELECT 'log_by_n'::regclass::oid AS oid`)).to.deep.equal([before]);
  });

  it('given a killed migrator whose build still runs at the server, then the next run waits for it and takes its index', async () => {
    write('CREATE INDEX CONCURRENTLY log_by_n ON log (n)');
    const old = await scene.session();
    await old.query('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM log');
    const orphan = await scene.session();
    const building = orphan.query('CREATE INDEX CONCURRENTLY log_by_n ON log (n)');
    await eventually(async () => expect(await indexes()).to.have.length(1));
    const running = scene.run({ reportEveryMs: 300 });
    await eventually(() =>
      expect(scene.reported[0]).to.match(/is waiting for its index, which pid \d+ builds, \d+ s so far$/),
    );
    await old.query('COMMIT');
    await building;
    expect(await running).to.deep.equal([NAME]);
    expect(await indexes()).to.deep.equal(VALID);
  });

  it('given duplicates, then a unique index fails with the duplicate, leaves nothing behind, and is built after the correction', async () => {
    write('CREATE UNIQUE INDEX CONCURRENTLY log_by_n ON log (n)');
    await rowsOf(scene.url, 'INSERT INTO log VALUES (7)');
    const error = await thrownBy(scene.run());
    expect((error as Error).message).to.equal(
      `migration ${NAME} failed: could not create unique index "log_by_n": Key (n)=(7) is duplicated.`,
    );
    expect(await indexes()).to.deep.equal([]);
    await rowsOf(scene.url, 'DELETE FROM log WHERE n = 7');
    expect(await scene.run()).to.deep.equal([NAME]);
    expect(await indexes()).to.deep.equal(VALID);
  });

  it('given an index of that name on another table, then the error names the table', async () => {
    write('CREATE INDEX CONCURRENTLY log_by_n ON log (n)');
    await rowsOf(scene.url, 'CREATE TABLE other (n int); CREATE INDEX log_by_n ON other (n)');
    expect(String(await thrownBy(scene.run()))).to.contain(
      `${NAME} failed: the index "log_by_n" exists already, on the table "other"`,
    );
  });

  it('given another schema, then the invalid index is looked for there', async () => {
    const other = await createMigrationScene('own');
    await rowsOf(other.url, 'CREATE SCHEMA own; CREATE TABLE own.log (n int); CREATE TABLE log (n int)');
    await rowsOf(other.url, 'CREATE INDEX log_by_n ON log (n)');
    other.write(FILE, '-- migrate: without transaction\nCREATE INDEX CONCURRENTLY log_by_n ON log (n)');
    expect(await other.run()).to.deep.equal([NAME]);
    expect(
      await rowsOf(other.url, "SELECT FROM pg_indexes WHERE schemaname = 'own' AND indexname = 'log_by_n'"),
    ).to.have.length(1);
    await other.end();
  });

  it('given another statement, then its lock timeout is kept, and it is repeated', async () => {
    write('VACUUM (ANALYZE) log');
    const holder = await scene.session();
    await holder.query('BEGIN; LOCK TABLE log');
    const running = scene.run({ lockTimeoutMs: 200, reportEveryMs: 300 });
    await eventually(() => expect(scene.reported[0]).to.contain('is waiting for a lock'));
    await holder.query('COMMIT');
    expect(await running).to.deep.equal([NAME]);
  });

  it('given two statements, none, or a missing declaration, then the error says so', async () => {
    for (const [sql, said] of [
      ['-- migrate: without transaction\nVACUUM log; VACUUM log', 'the file must hold exactly one statement'],
      ['-- migrate: without transaction\n-- later', 'the file holds no statement'],
      ['VACUUM log', 'the first line of the file must be "-- migrate: without transaction"'],
      [
        '-- migrate: at night\nVACUUM log',
        `migration ${NAME}, line 1: "-- migrate: at night" is not a declaration`,
      ],
    ]) {
      scene.write(FILE, sql!);
      expect(String(await thrownBy(scene.run())))
        .to.contain(NAME)
        .and.contain(said);
    }
    expect(await scene.applied()).to.deep.equal([]);
  });

  it('given a connection pooler, then it works, unless the statement needs settings of the session', async () => {
    const proxy = await startSessionProxy(scene.url);
    write('CREATE INDEX CONCURRENTLY log_by_n ON log (n)');
    expect(await scene.run({}, proxy.through(scene.url))).to.deep.equal([NAME]);
    scene.write('0002_vacuum.sql', '-- migrate: without transaction\nVACUUM log');
    expect(String(await thrownBy(scene.run({}, proxy.through(scene.url))))).to.contain(
      'test/0002_vacuum.sql failed: it needs settings of the session, which cannot be set behind a connection pooler: ' +
        'give it the direct URL of the database (ORDER_DATABASE_MIGRATION_URL, DELIVERY_DATABASE_MIGRATION_URL)',
    );
    const database = new URL(scene.url).pathname.slice(1);
    await rowsOf(scene.url, `ALTER DATABASE ${database} SET statement_timeout = '20s'`);
    scene.write(
      '0002_vacuum.sql',
      '-- migrate: without transaction\nCREATE INDEX CONCURRENTLY other ON log (n)',
    );
    expect(String(await thrownBy(scene.run({}, proxy.through(scene.url))))).to.contain('direct URL');
    await proxy.stop();
    expect(await scene.run()).to.deep.equal(['test/0002_vacuum.sql']);
  });

  async function endWhileItWaits(statement: string): Promise<void> {
    const pid = await scene.processThat(statement);
    await eventually(async () => expect(await indexes()).to.have.length(1));
    await rowsOf(scene.url, 'SELECT pg_terminate_backend($1)', [pid]);
  }
});
