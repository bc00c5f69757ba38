import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { migrate } from '../../src/shared/postgres/migrate';
import { type MigrationOptions } from '../../src/shared/postgres/migration-options';
import { createEmptyDatabase } from './databases';
import { eventually } from './eventually';
import { rowsOf } from './rows';

/** A database, a folder of migrations, and sessions of other users of the database. */
export interface MigrationScene {
  readonly url: string;
  /** The lines that the runs reported. */
  readonly reported: string[];
  /** Adds a file to the folder. */
  write(file: string, sql: string): void;
  /** Applies the files of the folder that are not applied yet, and returns their names. */
  run(options?: Partial<MigrationOptions>, at?: string): Promise<string[]>;
  /** Opens a session that is closed after the test. */
  session(applicationName?: string): Promise<Client>;
  /** Waits for the server process that executes a statement, and returns its id. */
  processThat(statement: string): Promise<number>;
  /** The names of the applied migrations. */
  applied(): Promise<string[]>;
  end(): Promise<void>;
}

export async function createMigrationScene(schema = 'public'): Promise<MigrationScene> {
  const url = await createEmptyDatabase();
  const folder = mkdtempSync(join(tmpdir(), 'migrations-'));
  const sessions: Client[] = [];
  const reported: string[] = [];

  return {
    url,
    reported,
    write: (file, sql) => writeFileSync(join(folder, file), sql),
    run: async (options = {}, at = url) =>
      (
        await migrate(at, [{ name: 'test', directory: folder }], schema, {
          report: (line) => reported.push(line),
          ...options,
        })
      ).applied.slice(),
    async session(applicationName = 'other') {
      const client = new Client({ connectionString: url, application_name: applicationName });
      client.on('error', () => undefined);
      await client.connect();
      sessions.push(client);
      return client;
    },
    processThat: (statement) =>
      eventually(async () => {
        const [found] = await rowsOf<{ pid: number }>(
          url,
          `SELECT pid FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'active' AND query ~ $1`,
          [statement],
        );
        if (!found) throw new Error(`no session executes ${statement}`);
        return found.pid;
      }),
    async applied() {
      const rows = await rowsOf<{ name: string }>(url, 'SELECT name FROM schema_migrations ORDER BY name');
      return rows.map(({ name }) => name);
    },
    async end() {
      await Promise.all(sessions.map((session) => session.end()));
      rmSync(folder, { recursive: true });
    },
  };
}
