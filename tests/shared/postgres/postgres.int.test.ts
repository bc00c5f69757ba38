import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import sinon from 'sinon';
import { createDatabase, type Database } from '../../../src/shared/postgres/database';
import { asUnavailable } from '../../../src/shared/postgres/database-errors';
import { migrate } from '../../../src/shared/postgres/migrate';
import { prepared } from '../../../src/shared/postgres/prepared';
import { inTransaction } from '../../../src/shared/postgres/transaction';
import { createEmptyDatabase } from '../../support/databases';
import { eventually } from '../../support/eventually';
import { countRows, rowsOf } from '../../support/rows';
import { silentLogger } from '../../support/service-pair';

const LIMITS = {
  DATABASE_POOL_MAX: 2,
  DATABASE_CONNECT_TIMEOUT_MS: 300,
  DATABASE_QUERY_TIMEOUT_MS: 1_500,
  DATABASE_PREPARED_STATEMENTS: true,
};

const thrownBy = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'nothing',
    (error: unknown) => error,
  );

describe('the database', () => {
  let url: string;
  let database: Database;
  before(async () => {
    url = await createEmptyDatabase();
    await rowsOf(url, 'CREATE TABLE things (id int PRIMARY KEY)');
    database = createDatabase(url, 'database-test', LIMITS, silentLogger);
  });
  after(() => database.stop());
  beforeEach(() => rowsOf(url, 'TRUNCATE things'));

  it('given work that throws, then nothing of it remains and the error comes through', async () => {
    const fault = new Error('of the domain');
    const error = await thrownBy(
      inTransaction(database.pool, async (tx) => {
        await tx.query('INSERT INTO things VALUES (1)');
        throw fault;
      }),
    );
    expect(error).to.equal(fault);
    expect(await countRows(url, 'things')).to.equal(0);
    expect(database.pool.idleCount).to.equal(1);
  });

  it('given a statement that nobody waits for and that fails, then the work fails for its reason and nothing of it remains', async () => {
    const error = await thrownBy(
      inTransaction(database.pool, (tx) => {
        tx.send('INSERT INTO things VALUES (1)');
        tx.send('INSERT INTO things VALUES (1)');
        tx.send('INSERT INTO things VALUES (2)');
      }),
    );
    expect(error).to.have.property('code', '23505');
    expect(await countRows(url, 'things')).to.equal(0);
    expect(await inTransaction(database.pool, (tx) => tx.send('INSERT INTO things VALUES (3)'))).to.equal(
      undefined,
    );
    expect(await countRows(url, 'things')).to.equal(1);
  });

  it('given a statement behind one that nobody waited for, when that failed, then its reason is the one that counts', async () => {
    const error = await thrownBy(
      inTransaction(database.pool, async (tx) => {
        tx.send('INSERT INTO things VALUES (1), (1)');
        await tx.query('SELECT 1');
      }),
    );
    expect(error).to.have.property('code', '23505');
  });

  for (const isPrepared of [true, false]) {
    it(`given DATABASE_PREPARED_STATEMENTS ${String(isPrepared)}, then the server ${isPrepared ? 'keeps' : 'does not keep'} statements`, async () => {
      const own = createDatabase(
        url,
        'prepared',
        { ...LIMITS, DATABASE_PREPARED_STATEMENTS: isPrepared },
        silentLogger,
      );
      const plusOne = prepared('plus-one', 'SELECT $1::int + 1 AS sum');
      const kept = await inTransaction(own.pool, async (tx) => {
        for (const number of [1, 2])
          expect((await tx.query<{ sum: number }>(plusOne, [number])).rows).to.deep.equal([
            { sum: number + 1 },
          ]);
        const { rows } = await tx.query<{ name: string }>('SELECT name FROM pg_prepared_statements');
        return rows.map(({ name }) => name);
      });
      expect(kept).to.deep.equal(isPrepared ? ['plus-one'] : []);
      await own.stop();
    });
  }

  it('given a connection that is cut in the middle, then the work is unavailable, undone, and the pool goes on', async () => {
    const error = await thrownBy(
      inTransaction(database.pool, async (tx) => {
        await tx.query('INSERT INTO things VALUES (1)');
        await rowsOf(
          url,
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'database-test'`,
        );
        await tx.query('INSERT INTO things VALUES (2)');
      }),
    );
    expect(error).to.have.property('kind', 'unavailable');
    expect(await inTransaction(database.pool, (tx) => tx.query('SELECT 1').then(() => 'works'))).to.equal(
      'works',
    );
    expect(await countRows(url, 'things')).to.equal(0);
  });

  it('given a connection that is cut while it rests in the pool, then it is only logged, and the pool goes on', async () => {
    const warn = sinon.spy();
    const resting = createDatabase(url, 'resting', LIMITS, { ...silentLogger, warn });
    await resting.db.query('SELECT 1');
    await rowsOf(
      url,
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'resting'`,
    );
    await eventually(() => expect(warn.callCount).to.equal(1));
    expect((await resting.db.query<{ one: number }>('SELECT 1 AS one')).rows).to.deep.equal([{ one: 1 }]);
    await resting.stop();
  });

  it('given a server that ends a connection in the moment in which it is handed out, then the process goes on', async () => {
    // The last words of a PostgreSQL that dies come in one piece with the answer before, so nobody can have listened yet.
    const outcome = await new Promise((resolve) => {
      database.pool.connect((_, client, release) => {
        try {
          client!.emit('error', new Error('terminating connection due to unexpected postmaster exit'));
          resolve('goes on');
        } catch (error) {
          resolve(error);
        } finally {
          release(true);
        }
      });
    });
    expect(outcome).to.equal('goes on');
  });

  it('given a caught fault in a statement, when the work goes on, then the commit does not pretend to have worked', async () => {
    const outcome = await thrownBy(
      inTransaction(database.pool, async (tx) => {
        await tx.query('INSERT INTO things VALUES (1)');
        await thrownBy(tx.query('SELECT * FROM nowhere'));
      }),
    );
    expect(await countRows(url, 'things')).to.equal(0);
    expect(outcome).to.be.instanceOf(Error);
  });

  it('given a row that another holds, then waiting for it ends as unavailable', async () => {
    await rowsOf(url, 'INSERT INTO things VALUES (1)');
    const lock = (work: () => Promise<unknown>) =>
      inTransaction(database.pool, async (tx) => {
        await tx.query('SELECT id FROM things FOR UPDATE');
        return work();
      });
    const error = await lock(() => thrownBy(lock(() => Promise.resolve())));
    expect(error).to.have.property('kind', 'unavailable');
    expect(error).to.have.property('retryAfterSeconds', 1);
  });

  it('given a statement that takes too long, then it is given up and its connection with it', async () => {
    expect(await thrownBy(database.db.query('SELECT pg_sleep(5)'))).to.have.property('kind', 'unavailable');
    expect(
      await thrownBy(inTransaction(database.pool, (tx) => tx.query('SELECT pg_sleep(5)'))),
    ).to.have.property('kind', 'unavailable');
    expect((await database.db.query<{ one: number }>('SELECT 1 AS one')).rows).to.deep.equal([{ one: 1 }]);
  });

  it('given no free connection, or no server, then the wait ends as unavailable', async () => {
    const error = await inTransaction(database.pool, () =>
      inTransaction(database.pool, () => thrownBy(inTransaction(database.pool, () => Promise.resolve()))),
    );
    expect(error).to.have.property('kind', 'unavailable');
    const nowhere = createDatabase('postgresql://postgres@127.0.0.1:1/x', 'nowhere', LIMITS, silentLogger);
    expect(await thrownBy(nowhere.db.query('SELECT 1'))).to.have.property('kind', 'unavailable');
    await nowhere.stop();
  });

  it('given a fault in a statement, then it is not mistaken for an outage', async () => {
    const error = await thrownBy(database.db.query('SELECT * FROM nowhere'));
    expect(error).to.have.property('code', '42P01');
    expect(asUnavailable('a string')).to.equal('a string');
  });
});

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
    expect(applied.flat()).to.deep.equal(['test/0001_first.sql', 'test/0002_second.sql']);
    expect(await rowsOf(url, 'SELECT n FROM log ORDER BY n')).to.deep.equal([{ n: 1 }, { n: 2 }]);
    expect(await migrate(url, sources)).to.deep.equal([]);
  });

  it('given an applied migration that was changed since, then nothing is done and the error names it', async () => {
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

  it('given one that fails, then it leaves nothing, those before it stay, and the error names it', async () => {
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
});
