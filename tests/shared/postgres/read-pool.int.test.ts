import { expect } from 'chai';
import { byKey } from '../../../src/shared/postgres/queryable';
import { createReadPool, type ReadPool } from '../../../src/shared/postgres/read-pool';
import { isTimeLimit } from '../../../src/shared/postgres/database-errors';
import { createEmptyDatabase } from '../../support/databases';
import { eventually } from '../../support/eventually';
import { rowsOf } from '../../support/rows';
import { silentLogger } from '../../support/service-pair';
import { thrownBy } from '../../support/thrown-by';

const CONFIG = {
  DATABASE_POOL_MAX: 1,
  DATABASE_READ_POOL_MAX: 8,
  DATABASE_CONNECT_TIMEOUT_MS: 300,
  DATABASE_QUERY_TIMEOUT_MS: 60_000,
  DATABASE_PREPARED_STATEMENTS: true,
};

describe('the read pool', () => {
  let url: string;
  const pools: ReadPool[] = [];
  before(async () => (url = await createEmptyDatabase()));
  afterEach(() => Promise.all(pools.splice(0).map((pool) => pool.stop())));

  function readPool(name: string, variables: Partial<typeof CONFIG> = {}): ReadPool {
    const pool = createReadPool(url, name, { ...CONFIG, ...variables }, silentLogger);
    pools.push(pool);
    return pool;
  }
  const reader = (clientId = 'shop', signal = new AbortController().signal) => ({ clientId, signal });
  const running = async (name: string) =>
    (
      await rowsOf<{ query: string }>(
        url,
        `SELECT query FROM pg_stat_activity WHERE application_name = $1 AND state = 'active'`,
        [name],
      )
    ).map(({ query }) => query);

  it('given a statement that asks for index scans, then only this one is planned so', async () => {
    const pool = readPool('plans');
    const setting = "SELECT current_setting('enable_seqscan') || current_setting('enable_hashjoin') AS value";
    const values = await pool.read(reader(), async (db) => {
      const answers = [await db.query(setting), await db.query(byKey(setting)), await db.query(setting)];
      return answers.map(({ rows }) => (rows[0] as { value: string }).value);
    });
    expect(values).to.deep.equal(['onon', 'offoff', 'onon']);
  });

  it('given a read, then it has one snapshot, cannot write, and has its own limits at the server', async () => {
    const pool = readPool('settings', { DATABASE_QUERY_TIMEOUT_MS: 1_500 });
    const settings = await pool.read(reader(), async (db) => {
      const show = async (name: string) =>
        (await db.query<{ value: string }>('SELECT current_setting($1) AS value', [name])).rows[0]!.value;
      return {
        isolation: await show('transaction_isolation'),
        readOnly: await show('transaction_read_only'),
        workers: await show('max_parallel_workers_per_gather'),
        jit: await show('jit'),
        timeout: parseInt(await show('statement_timeout'), 10),
      };
    });
    expect(settings.timeout).to.be.within(1, 1_500);
    expect(settings).to.include({ isolation: 'repeatable read', readOnly: 'on', workers: '0', jit: 'off' });
    expect(await thrownBy(pool.read(reader(), (db) => db.query('CREATE TABLE t ()'))))
      .to.have.property('cause')
      .that.has.property('code', '25006');
    const after = await pool.read(reader(), (db) => db.query<{ one: number }>('SELECT 1 AS one'));
    expect(after.rows).to.deep.equal([{ one: 1 }]);
  });

  it('given a read that takes too long, then the server cancels it; all its statements share one time limit', async () => {
    const pool = readPool('limited', { DATABASE_QUERY_TIMEOUT_MS: 400, DATABASE_READ_POOL_MAX: 1 });
    let count = 0;
    const error = await thrownBy(
      pool.read(reader(), async (db) => {
        for (; count < 100; count += 1) await db.query('SELECT pg_sleep(0.15)');
      }),
    );
    expect(error).to.have.property('kind', 'unavailable');
    expect(isTimeLimit(error)).to.equal(true);
    expect(count).to.be.below(3);
    expect(await running('limited')).to.deep.equal([]);
    const after = await pool.read(reader(), (db) => db.query<{ one: number }>('SELECT 1 AS one'));
    expect(after.rows).to.deep.equal([{ one: 1 }]);
  });

  it('given a caller that disconnects, then its statement is cancelled at the server, and its connection is free for others', async () => {
    const pool = readPool('left', { DATABASE_READ_POOL_MAX: 1, DATABASE_CONNECT_TIMEOUT_MS: 10_000 });
    const leaving = new AbortController();
    const left = thrownBy(
      pool.read(reader('shop', leaving.signal), (db) => db.query('SELECT pg_sleep(600)')),
    );
    await eventually(async () => expect(await running('left')).to.deep.equal(['SELECT pg_sleep(600)']));
    const next = pool.read(reader(), (db) => db.query<{ one: number }>('SELECT 1 AS one'));
    leaving.abort(new Error('left'));
    expect(await left).to.have.property('message', 'left');
    expect((await next).rows).to.deep.equal([{ one: 1 }]);
    await eventually(async () => expect(await running('left')).to.deep.equal([]));
  });

  it('given a client that uses its share, then its next read is refused in time, and another client can read', async () => {
    const pool = readPool('shared');
    const leaving = new AbortController();
    const sleeping = [1, 2].map(() =>
      thrownBy(pool.read(reader('shop', leaving.signal), (db) => db.query('SELECT pg_sleep(600)'))),
    );
    await eventually(async () => expect(await running('shared')).to.have.length(2));
    const refused = await thrownBy(pool.read(reader(), (db) => db.query('SELECT 1')));
    expect(refused).to.include({ kind: 'quota_exceeded', code: 'too_many_reads', retryAfterSeconds: 1 });
    const other = await pool.read(reader('other'), (db) => db.query<{ one: number }>('SELECT 1 AS one'));
    expect(other.rows).to.deep.equal([{ one: 1 }]);
    leaving.abort(new Error('left'));
    await Promise.all(sleeping);
  });

  it('given a client at its limit of streams, then its next stream is refused in time, and its reads continue', async () => {
    const pool = readPool('streams');
    let end: () => void = () => undefined;
    const isEnded = new Promise<void>((resolve) => (end = resolve));
    const streams = [1, 2].map(() => pool.stream(reader(), () => isEnded));
    expect(await thrownBy(pool.stream(reader(), () => isEnded))).to.have.property('code', 'too_many_reads');
    const read = await pool.read(reader(), (db) => db.query<{ one: number }>('SELECT 1 AS one'));
    expect(read.rows).to.deep.equal([{ one: 1 }]);
    end();
    await Promise.all(streams);
  });
});
