import { expect } from 'chai';
import sinon from 'sinon';
import { createDatabase, type ServiceDatabase } from '../../../src/shared/postgres/database';
import { asUnavailable } from '../../../src/shared/postgres/database-errors';
import { prepared, type Transaction } from '../../../src/shared/postgres/queryable';
import { createEmptyDatabase } from '../../support/databases';
import { eventually } from '../../support/eventually';
import { countRows, rowsOf } from '../../support/rows';
import { silentLogger } from '../../support/service-pair';
import { thrownBy } from '../../support/thrown-by';

const LIMITS = {
  DATABASE_POOL_MAX: 2,
  DATABASE_CONNECT_TIMEOUT_MS: 300,
  DATABASE_QUERY_TIMEOUT_MS: 1_500,
  DATABASE_PREPARED_STATEMENTS: true,
};

describe('the database', () => {
  let url: string;
  let database: ServiceDatabase;
  before(async () => {
    url = await createEmptyDatabase();
    await rowsOf(url, 'CREATE TABLE things (id int PRIMARY KEY)');
    database = createDatabase(url, 'database-test', LIMITS, silentLogger);
  });
  after(() => database.stop());
  beforeEach(() => rowsOf(url, 'TRUNCATE things'));

  it('given a transaction that throws, then it is rolled back and the error is rethrown', async () => {
    const fault = new Error('of the domain');
    const error = await thrownBy(
      database.transaction(async (tx) => {
        await tx.query('INSERT INTO things VALUES (1)');
        throw fault;
      }),
    );
    expect(error).to.equal(fault);
    expect(await countRows(url, 'things')).to.equal(0);
    expect(database.pool.idleCount).to.equal(1);
  });

  it('given a failing statement that is not awaited, then the transaction fails with its error and is rolled back', async () => {
    const error = await thrownBy(
      database.transaction((tx) => {
        tx.send('INSERT INTO things VALUES (1)');
        tx.send('INSERT INTO things VALUES (1)');
        tx.send('INSERT INTO things VALUES (2)');
      }),
    );
    expect(error).to.have.property('code', '23505');
    expect(await countRows(url, 'things')).to.equal(0);
    expect(await database.transaction((tx) => tx.send('INSERT INTO things VALUES (3)'))).to.equal(undefined);
    expect(await countRows(url, 'things')).to.equal(1);
  });

  it('given statements behind a failed one, whichever is awaited first, then each rejects with the first error', async () => {
    const reasons: unknown[] = [];
    const error = await thrownBy(
      database.transaction(async (tx) => {
        const all = ['INSERT INTO things VALUES (1), (1)', 'SELECT 1', 'SELECT 2'].map((sql) =>
          thrownBy(tx.query(sql)),
        );
        for (const one of all.reverse()) reasons.push(await one);
        throw reasons[0];
      }),
    );
    expect(error).to.have.property('code', '23505');
    expect(reasons).to.deep.equal([error, error, error]);
  });

  it('given a statement after a failed one that was not awaited, then the first error is reported', async () => {
    const error = await thrownBy(
      database.transaction(async (tx) => {
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
      const kept = await own.transaction(async (tx) => {
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

  it('given a connection that is closed during a transaction, then the error is unavailable, the transaction is rolled back, and the pool works', async () => {
    const error = await thrownBy(
      database.transaction(async (tx) => {
        await tx.query('INSERT INTO things VALUES (1)');
        await rowsOf(
          url,
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'database-test'`,
        );
        await tx.query('INSERT INTO things VALUES (2)');
      }),
    );
    expect(error).to.have.property('kind', 'unavailable');
    expect(await database.transaction((tx) => tx.query('SELECT 1').then(() => 'works'))).to.equal('works');
    expect(await countRows(url, 'things')).to.equal(0);
  });

  it('given an idle connection that is closed, then it is only logged, and the pool works', async () => {
    const warn = sinon.spy();
    const resting = createDatabase(url, 'resting', LIMITS, { ...silentLogger, warn });
    await resting.query('SELECT 1');
    await rowsOf(
      url,
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'resting'`,
    );
    await eventually(() => expect(warn.callCount).to.equal(1));
    expect((await resting.query<{ one: number }>('SELECT 1 AS one')).rows).to.deep.equal([{ one: 1 }]);
    await resting.stop();
  });

  it('given a server that closes a connection while it is checked out, then the process continues', async () => {
    // The final message of a crashing PostgreSQL arrives together with the previous answer, before any listener is added.
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

  it('given a caught error in a statement, when the transaction continues, then the commit fails', async () => {
    const outcome = await thrownBy(
      database.transaction(async (tx) => {
        await tx.query('INSERT INTO things VALUES (1)');
        await thrownBy(tx.query('SELECT * FROM nowhere'));
      }),
    );
    expect(await countRows(url, 'things')).to.equal(0);
    expect(outcome).to.be.instanceOf(Error);
  });

  it('given a row that is locked elsewhere, then waiting for it ends as unavailable', async () => {
    await rowsOf(url, 'INSERT INTO things VALUES (1)');
    const lock = (work: () => Promise<unknown>) =>
      database.transaction(async (tx) => {
        await tx.query('SELECT id FROM things FOR UPDATE');
        return work();
      });
    const error = await lock(() => thrownBy(lock(() => Promise.resolve())));
    expect(error).to.have.property('kind', 'unavailable');
    expect(error).to.have.property('retryAfterSeconds', 1);
  });

  it('given an idle transaction, then the server ends it, and others can lock its rows', async () => {
    await rowsOf(url, 'INSERT INTO things VALUES (1)');
    const lock = (tx: Transaction) => tx.query('SELECT id FROM things FOR UPDATE');
    let goOn: () => void = () => undefined;
    const silence = new Promise<void>((resolve) => (goOn = resolve));
    let fallSilent: () => void = () => undefined;
    const isSilent = new Promise<void>((resolve) => (fallSilent = resolve));
    let limit: unknown;
    const abandoned = thrownBy(
      database.transaction(async (tx) => {
        const { rows } = await tx.query(
          "SELECT current_setting('idle_in_transaction_session_timeout') AS limit",
        );
        limit = rows[0];
        await tx.query('SET LOCAL idle_in_transaction_session_timeout = 100');
        await lock(tx);
        fallSilent();
        await silence;
        await tx.query('INSERT INTO things VALUES (2)');
      }),
    );
    await isSilent;
    await database.transaction(lock);
    goOn();
    expect(await abandoned).to.have.property('kind', 'unavailable');
    expect(limit).to.deep.equal({ limit: '5s' });
    expect(await countRows(url, 'things')).to.equal(1);
  });

  it('given a statement that takes too long, then it is abandoned and its connection is closed', async () => {
    expect(await thrownBy(database.query('SELECT pg_sleep(5)'))).to.have.property('kind', 'unavailable');
    expect(await thrownBy(database.transaction((tx) => tx.query('SELECT pg_sleep(5)')))).to.have.property(
      'kind',
      'unavailable',
    );
    expect((await database.query<{ one: number }>('SELECT 1 AS one')).rows).to.deep.equal([{ one: 1 }]);
  });

  it('given a statement that takes too long, alone or in a transaction, then the server cancels it', async () => {
    const hurried = createDatabase(
      url,
      'hurried',
      { ...LIMITS, DATABASE_QUERY_TIMEOUT_MS: 200 },
      silentLogger,
    );
    const running = () =>
      rowsOf<{ query: string }>(
        url,
        `SELECT query FROM pg_stat_activity WHERE application_name = 'hurried' AND state = 'active'`,
      );
    const alone = thrownBy(hurried.query('SELECT pg_sleep(600)'));
    await eventually(async () => expect(await running()).to.have.length(1));
    expect(await alone).to.have.property('kind', 'unavailable');
    await eventually(async () => expect(await running()).to.deep.equal([]));
    const inside = thrownBy(hurried.transaction((tx) => tx.query('SELECT pg_sleep(600)')));
    expect(await inside).to.have.property('kind', 'unavailable');
    await eventually(async () => expect(await running()).to.deep.equal([]));
    await hurried.stop();
  });

  it('given no free connection, or no server, then the wait ends as unavailable', async () => {
    const error = await database.transaction(() =>
      database.transaction(() => thrownBy(database.transaction(() => Promise.resolve()))),
    );
    expect(error).to.have.property('kind', 'unavailable');
    const nowhere = createDatabase('postgresql://postgres@127.0.0.1:1/x', 'nowhere', LIMITS, silentLogger);
    expect(await thrownBy(nowhere.query('SELECT 1'))).to.have.property('kind', 'unavailable');
    await nowhere.stop();
  });

  it('given an error in a statement, then it does not count as an outage', async () => {
    const error = await thrownBy(database.query('SELECT * FROM nowhere'));
    expect(error).to.have.property('code', '42P01');
    expect(asUnavailable('a string')).to.equal('a string');
  });
});
