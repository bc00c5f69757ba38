import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres } from '../../scripts/system/infrastructure/postgres';
import { removePostgresFolders } from '../../scripts/system/infrastructure/postgres-folders';
import { freePorts } from './free-ports';
import { stopProcess } from '../../scripts/system/processes/stop-process';
import { withConnection } from '../../src/shared/postgres/with-connection';
import { endWithThisProcess } from './end-with-this-process';
import { eventually } from './eventually';

/** A durable PostgreSQL server of its own, which a test can crash. */
export interface CrashingPostgres {
  readonly url: string;
  /** From now on no WAL is written in the background, so that a crash loses every asynchronous commit behind the last durable one. */
  pauseWalWriter(): Promise<void>;
  /** Kills all processes of the server, and starts it again. */
  crash(): Promise<void>;
  stop(): Promise<void>;
}

/** Nothing but a commit writes WAL to the disk. */
const SETTINGS = { autovacuum: 'off', wal_level: 'minimal', max_wal_senders: '0', checkpoint_timeout: '1h' };

export async function startCrashingPostgres(): Promise<CrashingPostgres> {
  const folder = mkdtempSync(join(tmpdir(), 'order-processing-crash-'));
  chmodSync(folder, 0o755);
  mkdirSync(join(folder, 'run'));
  endWithThisProcess(folder);
  const [port = 0] = await freePorts(1);
  const url = `postgresql://postgres@127.0.0.1:${port}/postgres`;
  let pid = 0;
  let walWriter = 0;

  async function start(): Promise<void> {
    const logFile = join(folder, 'logs', 'postgres.log');
    const onSpawn = (spawned: number): void =>
      writeFileSync(join(folder, 'run', 'postgres'), String(spawned));
    ({ pid } = await startPostgres({ stateFolder: folder, port, logFile, settings: SETTINGS, onSpawn }));
    walWriter = await walWriterOf(url);
  }

  await start();
  return {
    url,
    pauseWalWriter: () => Promise.resolve(void process.kill(walWriter, 'SIGSTOP')),
    async crash() {
      await stopProcess(pid, 'SIGKILL', 5_000);
      await stopProcess(walWriter, 'SIGKILL', 5_000);
      // The other processes of the server notice its end; until then its data is in use.
      await eventually(start, 20_000);
    },
    async stop() {
      await stopProcess(pid, 'SIGQUIT', 5_000);
      removePostgresFolders(folder);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function walWriterOf(url: string): Promise<number> {
  const { rows } = await withConnection(url, (db) =>
    db.query<{ pid: number }>("SELECT pid FROM pg_stat_activity WHERE backend_type = 'walwriter'"),
  );
  return rows[0]!.pid;
}
