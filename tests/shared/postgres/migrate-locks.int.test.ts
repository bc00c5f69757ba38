import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { type Client } from 'pg';
import { type MigrationOptions } from '../../../src/shared/postgres/migration-options';
import { eventually } from '../../support/eventually';
import { createMigrationScene, type MigrationScene } from '../../support/migration-scene';
import { rowsOf } from '../../support/rows';
import { thrownBy } from '../../support/thrown-by';

/** The lock timeout that services set for their statements. */
const SERVICE_LOCK_TIMEOUT = 'SET lock_timeout = 800';

describe('a migration that needs a lock', () => {
  let scene: MigrationScene;
  beforeEach(async () => {
    scene = await createMigrationScene();
    await rowsOf(scene.url, 'CREATE TABLE log (n int)');
    scene.write('0001_wide.sql', 'CREATE TABLE half (n int); ALTER TABLE log ADD COLUMN m int');
  });
  afterEach(() => scene.end());

  it('given a transaction that uses the table for 3 s, then others read and write it meanwhile, and the migration is applied after it', async () => {
    const slow = await openTransaction(scene);
    const traffic = startTraffic(await scene.session());
    const migrating = scene.run({ reportEveryMs: 1_000 });
    await delay(3_000);
    expect(await scene.applied()).to.deep.equal([]);
    await slow.query('COMMIT');
    expect(await migrating).to.deep.equal(['test/0001_wide.sql']);
    const { failures, count } = await traffic.stop();
    expect(failures).to.deep.equal([]);
    expect(count).to.be.above(30);
    expect(scene.reported[0]).to.match(
      /^test\/0001_wide\.sql is waiting for a lock, \d+ s so far; the lock is held by pid \d+ \(a report, idle in transaction, transaction open for \d+ s\)$/,
    );
  });

  it('given a lock that is never released, then the error names its holder, nothing stays half done, and others go on', async () => {
    await openTransaction(scene);
    const traffic = startTraffic(await scene.session());
    const error = await thrownBy(scene.run({ lockWaitMs: 2_000 }));
    expect((error as Error).message).to.match(
      /^migration test\/0001_wide\.sql failed: it waited \d+ s for a lock and was rolled back; the lock is held by pid \d+ \(a report, idle in transaction, transaction open for \d+ s\): end the transactions that hold the lock, then run the migration again$/,
    );
    expect((await traffic.stop()).failures).to.deep.equal([]);
    expect(await rowsOf(scene.url, `SELECT to_regclass('half') AS half`)).to.deep.equal([{ half: null }]);
    expect(await scene.applied()).to.deep.equal([]);
  });

  it('given a role that may not see the sessions of others, then the error names the process', async () => {
    await rowsOf(scene.url, 'CREATE ROLE plain_migrator LOGIN; ALTER TABLE log OWNER TO plain_migrator');
    await rowsOf(scene.url, 'GRANT CREATE ON SCHEMA public TO plain_migrator');
    await openTransaction(scene);
    const message = await messageAs(scene, 'plain_migrator', { lockWaitMs: 1_500 });
    expect(message).to.match(/the lock is held by pid \d+ \(a report\): end/);
    await rowsOf(scene.url, 'REVOKE SELECT ON pg_stat_activity FROM PUBLIC');
    expect(await messageAs(scene, 'plain_migrator', { lockWaitMs: 1_500 })).to.match(
      /the lock is held by pid \d+: end/,
    );
  });

  it('given a role that may not create tables, then the error of the server is reported', async () => {
    await rowsOf(scene.url, 'CREATE ROLE weak_migrator LOGIN');
    expect(await messageAs(scene, 'weak_migrator')).to.equal('permission denied for schema public');
  });

  it('given two statements that lock each other out, then the migration is repeated and applied', async () => {
    await rowsOf(scene.url, 'CREATE TABLE other (n int)');
    scene.write('0001_wide.sql', 'LOCK TABLE log; SELECT pg_sleep(0.3); LOCK TABLE other');
    const rival = await scene.session();
    await rival.query(`BEGIN; SET LOCAL deadlock_timeout = '10s'; LOCK TABLE other`);
    const migrating = scene.run({ lockTimeoutMs: 5_000 });
    await scene.processThat('LOCK TABLE log');
    await rival.query('LOCK TABLE log');
    await rival.query('COMMIT');
    expect(await migrating).to.deep.equal(['test/0001_wide.sql']);
  });

  it('given nothing to wait for, then nothing is reported', async () => {
    await scene.run();
    expect(scene.reported).to.deep.equal([]);
  });
});

async function openTransaction(scene: MigrationScene): Promise<Client> {
  const session = await scene.session('a report');
  await session.query('BEGIN; SELECT count(*) FROM log');
  return session;
}

async function messageAs(
  scene: MigrationScene,
  role: string,
  options?: Partial<MigrationOptions>,
): Promise<string> {
  const error = await thrownBy(scene.run(options, scene.url.replace('postgres@', `${role}@`)));
  return (error as Error).message;
}

/** Reads and writes the table as a service does, all the time. A statement that waits for a lock longer than a service allows is a failure. */
function startTraffic(session: Client) {
  let isStopped = false;
  let count = 0;
  const failures: unknown[] = [];
  async function run(): Promise<void> {
    await session.query(SERVICE_LOCK_TIMEOUT);
    while (!isStopped) {
      for (const sql of ['INSERT INTO log (n) VALUES (1)', 'SELECT count(*) FROM log'])
        await session.query(sql).catch((error: unknown) => failures.push(error));
      count += 1;
      await delay(5);
    }
  }
  const running = run();
  return {
    async stop() {
      isStopped = true;
      await running;
      return { failures, count };
    },
  };
}

describe('the lock between migrators', () => {
  let scene: MigrationScene;
  beforeEach(async () => {
    scene = await createMigrationScene();
  });
  afterEach(() => scene.end());

  it('given two migrators at once, and an index that is built concurrently, then both finish', async () => {
    await rowsOf(scene.url, 'CREATE TABLE log AS SELECT n FROM generate_series(1, 100000) n');
    scene.write(
      '0001_log_by_n.sql',
      '-- migrate: without transaction\nCREATE INDEX CONCURRENTLY log_by_n ON log (n);\n',
    );
    scene.write('0002_more.sql', 'ALTER TABLE log ADD COLUMN m int');
    const applied = await Promise.all([scene.run(), scene.run(), scene.run()]);
    expect(applied.flat()).to.deep.equal(['test/0001_log_by_n.sql', 'test/0002_more.sql']);
  });

  it('given a migrator that waits for another one, then neither holds a snapshot, and the wait is reported', async () => {
    scene.write('0001_slow.sql', 'SELECT pg_sleep(2.5)');
    const first = scene.run();
    const sleeping = await scene.processThat('^SELECT pg_sleep');
    const second = scene.run({ reportEveryMs: 500 });
    await eventually(() => expect(scene.reported).to.have.length.above(0));
    const others = await rowsOf<{ state: string; backend_xmin: string | null }>(
      scene.url,
      `SELECT state, backend_xmin FROM pg_stat_activity
        WHERE datname = current_database() AND pid NOT IN (pg_backend_pid(), $1)`,
      [sleeping],
    );
    expect(others.some(({ state }) => state === 'idle in transaction')).to.equal(true);
    for (const other of others.filter(({ state }) => state !== 'active'))
      expect(other.backend_xmin).to.equal(null);
    expect(scene.reported[0]).to.match(/^waiting for another migrator \(pid \d+\), \d+ s so far$/);
    expect([await first, await second]).to.deep.equal([['test/0001_slow.sql'], []]);
  });

  it('given limits of the server for idle transactions, then the lock is kept', async () => {
    const database = new URL(scene.url).pathname.slice(1);
    await rowsOf(scene.url, `ALTER DATABASE ${database} SET idle_in_transaction_session_timeout = '300ms'`);
    scene.write('0001_slow.sql', 'SELECT pg_sleep(1)');
    scene.write('0002_next.sql', 'SELECT 1');
    expect(await scene.run()).to.have.length(2);
  });

  it('given that the connection with the lock is lost, then the run stops before the next step', async () => {
    scene.write('0001_slow.sql', 'SELECT pg_sleep(1.5)');
    scene.write('0002_next.sql', 'CREATE TABLE next (n int)');
    const running = thrownBy(scene.run());
    await scene.processThat('^SELECT pg_sleep');
    await rowsOf(
      scene.url,
      `SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted
          AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    );
    expect(((await running) as Error).message).to.equal(
      'migration test/0002_next.sql failed: the connection that holds the lock between migrators was lost, ' +
        'so the run has stopped: run the migration again',
    );
    expect(await scene.applied()).to.deep.equal(['test/0001_slow.sql']);
    expect(await scene.run()).to.deep.equal(['test/0002_next.sql']);
  });
});
