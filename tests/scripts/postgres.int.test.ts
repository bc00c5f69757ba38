import { expect } from 'chai';
import { chmodSync, existsSync, lstatSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { startPostgres, stopPostgres } from '../../scripts/system/infrastructure/postgres';
import { removePostgresFolders } from '../../scripts/system/infrastructure/postgres-folders';
import { ensureDatabase } from '../../scripts/system/preparation/databases';
import { freePorts } from '../support/free-ports';
import { isRunning } from '../../scripts/system/processes/process-facts';
import { waitUntil } from '../../scripts/system/processes/wait-until';

describe('local PostgreSQL', function () {
  this.timeout(30_000);
  let parent: string;
  let stateFolder: string;
  let port: number;
  let pid: number | undefined;

  beforeEach(async () => {
    parent = mkdtempSync(join(tmpdir(), 'postgres-'));
    chmodSync(parent, 0o755);
    stateFolder = join(parent, 'state');
    mkdirSync(stateFolder);
    port = (await freePorts(1))[0]!;
  });

  afterEach(async () => {
    if (pid !== undefined) await stopPostgres(pid);
    removePostgresFolders(stateFolder);
    rmSync(parent, { recursive: true });
  });

  it('given a server that is stopped and started again, then its databases and rows still exist', async () => {
    await start();
    expect(await ensureDatabase(urlOf('orders'))).to.equal(true);
    await query('orders', 'CREATE TABLE t AS SELECT 42 AS answer');

    expect(await stopPostgres(pid!)).to.equal('stopped');
    await start();

    expect(await ensureDatabase(urlOf('orders'))).to.equal(false);
    expect(await query('orders', 'SELECT answer FROM t')).to.deep.equal([{ answer: 42 }]);
  });

  it('given no options, then durability settings are on, the encoding is UTF8 and the locale is C', async () => {
    await start({});

    const settings = await query(
      'postgres',
      `SELECT name, setting FROM pg_settings WHERE name IN ('fsync', 'synchronous_commit', 'listen_addresses',
        'unix_socket_directories', 'server_encoding', 'lc_collate') ORDER BY name`,
    );

    expect(Object.fromEntries(settings.map((row) => [row['name'], row['setting']]))).to.deep.equal({
      fsync: 'on',
      lc_collate: 'C',
      listen_addresses: '127.0.0.1',
      server_encoding: 'UTF8',
      synchronous_commit: 'on',
      unix_socket_directories: '',
    });
  });

  it('given a killed server, then the next start ignores its lock file', async () => {
    await start();
    process.kill(pid!, 'SIGKILL');
    await waitUntil(() => !isRunning(pid!), 20_000);

    await start();

    expect(await query('postgres', 'SELECT 1 AS one')).to.deep.equal([{ one: 1 }]);
  });

  it('given a lock file with the pid of another process, then the server starts', async () => {
    await start();
    await stopPostgres(pid!);
    const lock = [process.pid, stateFolder, 0, port, '', '127.0.0.1', '', 'ready', ''].join('\n');
    writeFileSync(join(stateFolder, 'postgres', 'postmaster.pid'), lock);

    await start();

    expect(await query('postgres', 'SELECT 1 AS one')).to.deep.equal([{ one: 1 }]);
  });

  it('given a first start that was interrupted during initdb, then the next start creates the data again', async () => {
    mkdirSync(join(stateFolder, 'postgres.unfinished'));
    writeFileSync(join(stateFolder, 'postgres.unfinished', 'PG_VERSION'), '15');

    await start();

    expect(await query('postgres', 'SELECT 1 AS one')).to.deep.equal([{ one: 1 }]);
    expect(existsSync(join(stateFolder, 'postgres.unfinished'))).to.equal(false);
  });

  if (process.getuid?.() === 0) {
    it('given root and a folder closed to others, then the data is kept where the server can reach it', async () => {
      chmodSync(parent, 0o700);

      await start();

      expect(await query('postgres', 'SELECT 1 AS one')).to.deep.equal([{ one: 1 }]);
      expect(lstatSync(join(stateFolder, 'postgres')).isSymbolicLink()).to.equal(true);
    });
  }

  async function start(settings: Record<string, string> = { fsync: 'off' }): Promise<void> {
    const logFile = join(stateFolder, 'postgres.log');
    pid = (await startPostgres({ stateFolder, port, logFile, settings })).pid;
  }

  function urlOf(database: string): string {
    return `postgresql://postgres@127.0.0.1:${String(port)}/${database}`;
  }

  async function query(database: string, sql: string): Promise<Record<string, unknown>[]> {
    const client = new Client({ connectionString: urlOf(database) });
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(sql)).rows;
    } finally {
      await client.end();
    }
  }
});
