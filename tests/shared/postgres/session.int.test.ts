import { expect } from 'chai';
import sinon from 'sinon';
import { createDatabase, type ServiceDatabase } from '../../../src/shared/postgres/database';
import { migrate, runMigrations } from '../../../src/shared/postgres/migrate';
import { prepared } from '../../../src/shared/postgres/queryable';
import { DELIVERY_MIGRATIONS } from '../../../src/delivery-service/store/migrations';
import { createEmptyDatabase } from '../../support/databases';
import { testInfrastructure } from '../../support/mocha-hooks';
import { rowsOf } from '../../support/rows';
import { silentLogger } from '../../support/service-pair';
import { startSessionProxy, type SessionProxy } from '../../support/session-proxy';
import { thrownBy } from '../../support/thrown-by';

const LIMITS = {
  DATABASE_POOL_MAX: 1,
  DATABASE_CONNECT_TIMEOUT_MS: 5_000,
  DATABASE_QUERY_TIMEOUT_MS: 5_000,
  DATABASE_PREPARED_STATEMENTS: true,
};

const SETTING = "SELECT current_setting('synchronous_commit') AS value";

describe('a session', () => {
  let url: string;
  let proxy: SessionProxy;
  const databases: ServiceDatabase[] = [];
  before(async () => {
    url = await createEmptyDatabase();
    proxy = await startSessionProxy((await testInfrastructure()).postgresUrl('postgres'));
  });
  after(() => proxy.stop());
  afterEach(() => Promise.all(databases.splice(0).map((database) => database.stop())));

  function open(at: string, warn = sinon.spy(), settings: Partial<typeof LIMITS> = {}): ServiceDatabase {
    const database = createDatabase(
      at,
      'session-test',
      { ...LIMITS, ...settings },
      { ...silentLogger, warn },
    );
    databases.push(database);
    return database;
  }
  const alter = (change: string): Promise<unknown> =>
    rowsOf(url, `ALTER DATABASE ${new URL(url).pathname.slice(1)} ${change}`);
  const namesAt = (database: ServiceDatabase): Promise<unknown> =>
    database.transaction(async (tx) => {
      await tx.query(prepared('one', 'SELECT 1'));
      return (await tx.query('SELECT name FROM pg_prepared_statements')).rows;
    });

  describe('given a harmful setting of the database', () => {
    before(() => alter('SET synchronous_commit = off'));
    after(() => alter('RESET synchronous_commit'));

    it('when the session is direct, then the setting is changed once, without a log line', async () => {
      const warn = sinon.spy();
      const db = open(url, warn);
      expect((await db.query(SETTING)).rows).to.deep.equal([{ value: 'on' }]);
      expect((await db.query('SELECT pg_current_xact_id_if_assigned()')).rowCount).to.equal(1);
      expect(warn.callCount).to.equal(0);
    });

    it('when the session belongs to a pooler, then only transactions change the setting, and one log line names it', async () => {
      const warn = sinon.spy();
      const db = open(proxy.through(url), warn, { DATABASE_PREPARED_STATEMENTS: false });
      expect((await db.query(SETTING)).rows).to.deep.equal([{ value: 'on' }]);
      expect(await db.transaction(async (tx) => (await tx.query(SETTING)).rows)).to.deep.equal([
        { value: 'on' },
      ]);
      expect((await db.pool.query(SETTING)).rows).to.deep.equal([{ value: 'off' }]);
      await thrownBy(db.query('SELECT 1 / 0'));
      await db.query(SETTING);
      expect(warn.args.map(([, facts]) => facts as unknown)).to.deep.equal([
        { settings: ['synchronous_commit'] },
      ]);
    });

    it('when a single statement fails behind a pooler, then its own error is reported, and no transaction is left open', async () => {
      const db = open(proxy.through(url));
      expect(await thrownBy(db.query('SELECT 1 / 0'))).to.have.property('code', '22012');
      expect((await db.query(SETTING)).rows).to.deep.equal([{ value: 'on' }]);
    });
  });

  it('given a pooler without harmful settings, then statements are sent without a transaction', async () => {
    const db = open(proxy.through(url));
    const { rows } = await db.query('SELECT now() = statement_timestamp() AS is_alone');
    expect(rows).to.deep.equal([{ is_alone: true }]);
  });

  it('given a pooler that passes on statement names, then statements are unnamed, and that is logged', async () => {
    const warn = sinon.spy();
    expect(await namesAt(open(proxy.through(url), warn))).to.deep.equal([]);
    expect(String(warn.args[0]?.[0]))
      .to.contain('max_prepared_statements')
      .and.contain('DATABASE_PREPARED_STATEMENTS=false');
    expect(await namesAt(open(url))).to.deep.equal([{ name: 'one' }]);
    expect(
      await rowsOf(url, "SELECT 1 FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'"),
    ).to.deep.equal([]);
  });

  it('given a prepared statement that the session has lost, then it is unavailable, and works on a new connection', async () => {
    const one = prepared('lost', 'SELECT 1 AS one');
    const db = open(url);
    for (const ask of [() => db.query(one), () => db.transaction((tx) => tx.query(one))]) {
      await ask();
      await db.pool.query('DEALLOCATE ALL');
      const error = await thrownBy(ask());
      expect(error).to.have.property('kind', 'unavailable');
      expect(String((error as Error).cause)).to.contain('DATABASE_PREPARED_STATEMENTS=false');
      expect((await ask()).rows).to.deep.equal([{ one: 1 }]);
    }
  });

  it('given a statement whose result a migration changed, then it is unavailable, and works on a new connection', async () => {
    await rowsOf(url, 'CREATE TABLE changing (id int)');
    const all = prepared('all', 'SELECT * FROM changing');
    const db = open(url);
    const ask = () => db.transaction((tx) => tx.query(all));
    await ask();
    await rowsOf(url, 'ALTER TABLE changing ADD COLUMN more text');
    expect(await thrownBy(ask())).to.have.property('kind', 'unavailable');
    expect((await ask()).rows).to.deep.equal([]);
  });

  describe('when a service starts', () => {
    it('given a missing database, a wrong user, or a refused parameter, then the error names it and the service does not start', async () => {
      for (const [wrong, said] of [
        [url.replace(/\/[^/]+$/, '/nowhere'), 'database "nowhere" does not exist'],
        [url.replace('postgres@', 'nobody@'), 'role "nobody" does not exist'],
        [`${url}?options=-c%20nonsense%3D1`, 'unrecognized configuration parameter "nonsense"'],
        [`${url}?sslmode=require`, 'does not support SSL'],
      ] as const) {
        const error = await thrownBy(open(wrong).start());
        expect(String(error)).to.contain('the database cannot be used: ').and.contain(said);
      }
    });

    it('given an unavailable database, then the service starts and logs that it waits', async () => {
      const warn = sinon.spy();
      await open('postgresql://postgres@127.0.0.1:1/x', warn).start();
      expect(String(warn.args[0]?.[0])).to.contain('does not respond');
    });
  });

  describe('when tables are created', () => {
    it('given a schema name, then they are created there, whatever the search path is', async () => {
      const at = await createEmptyDatabase();
      await rowsOf(at, 'CREATE SCHEMA own');
      await runMigrations('delivery-service', at, DELIVERY_MIGRATIONS, 'own');
      expect(
        await rowsOf(at, "SELECT schemaname FROM pg_tables WHERE tablename = 'shipments'"),
      ).to.deep.equal([{ schemaname: 'own' }]);
      expect(await runMigrations('delivery-service', at, DELIVERY_MIGRATIONS, 'own')).to.contain(
        'up to date',
      );
      const db = createDatabase(at, 'own', { ...LIMITS, DATABASE_SCHEMA: 'own' }, silentLogger);
      expect((await db.query('SELECT FROM shipments')).rowCount).to.equal(0);
      await db.stop();
      const elsewhere = await thrownBy(runMigrations('delivery-service', at, DELIVERY_MIGRATIONS));
      expect(String(elsewhere)).to.contain('DATABASE_SCHEMA=own');
    });

    it('given a database that cannot hold every character, then it is refused', async () => {
      await rowsOf(
        url,
        "CREATE DATABASE ascii ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0",
      );
      const error = await thrownBy(migrate(url.replace(/\/[^/]+$/, '/ascii'), []));
      expect(String(error)).to.contain('SQL_ASCII: it must be UTF8');
    });

    it('given a missing schema, then the error names it', async () => {
      expect(String(await thrownBy(migrate(url, [], 'missing')))).to.contain('no schema "missing"');
    });
  });
});
