import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Queryable } from '../../src/shared/postgres/queryable';
import { withConnection } from '../../src/shared/postgres/with-connection';
import { testInfrastructure } from './mocha-hooks';

/** A consistent backup of one database. */
export interface Backup {
  /** The tool that made it: `pg_dump` (restored with `pg_restore`) or COPY. */
  readonly tool: BackupTool;
  /** Replaces the current content. With `pg_dump` no service may be connected, because the database is recreated. */
  restore(): Promise<void>;
}

export type BackupTool = 'pg_dump' | 'copy';

const run = promisify(execFile);

/** Whether `pg_dump` and `pg_restore` are on PATH, and can read this server. */
export async function hasPgDump(): Promise<boolean> {
  try {
    const { stdout } = await run('pg_dump', ['--version']);
    await run('pg_restore', ['--version']);
    return Number(/(\d+)\./.exec(stdout)?.[1] ?? 0) >= 15;
  } catch {
    return false;
  }
}

/** Takes a backup of a database in use: all tables in one snapshot. */
export async function backUp(url: string, tool: BackupTool = 'copy'): Promise<Backup> {
  return tool === 'copy' ? copyBackup(url) : dumpBackup(url);
}

async function dumpBackup(url: string): Promise<Backup> {
  const { folder } = await testInfrastructure();
  const file = join(folder, `${randomUUID()}.dump`);
  await run('pg_dump', ['--format=custom', `--file=${file}`, url]);
  return {
    tool: 'pg_dump',
    async restore() {
      const name = new URL(url).pathname.slice(1);
      const infrastructure = await testInfrastructure();
      await withConnection(infrastructure.postgresUrl('postgres'), async (db) => {
        await db.query(`DROP DATABASE ${name} WITH (FORCE)`);
        await db.query(`CREATE DATABASE ${name}`);
      });
      await run('pg_restore', ['--exit-on-error', `--dbname=${url}`, file]);
    },
  };
}

interface CopiedTable {
  name: string;
  columns: string;
  file: string;
}

interface CopiedSequence {
  name: string;
  value: string | null;
}

/** A substitute for `pg_dump` on machines without it: the server copies each table to a file, all in one snapshot. */
async function copyBackup(url: string): Promise<Backup> {
  const { tables, sequences } = await withConnection(url, (db) =>
    inSnapshot(db, async () => {
      const copied = await tablesOf(db);
      for (const { name, columns, file } of copied) await db.query(`COPY ${name} (${columns}) TO '${file}'`);
      return { tables: copied, sequences: await sequencesOf(db) };
    }),
  );
  return {
    tool: 'copy',
    restore: () =>
      withConnection(url, async (db) => {
        await db.query('BEGIN');
        // The copy is consistent, so foreign keys and triggers are not checked.
        await db.query('SET LOCAL session_replication_role = replica');
        await db.query(`TRUNCATE ${tables.map(({ name }) => name).join()}`);
        for (const { name, columns, file } of tables)
          await db.query(`COPY ${name} (${columns}) FROM '${file}'`);
        for (const { name, value } of sequences)
          if (value !== null) await db.query(`SELECT setval('${name}', ${value})`);
        await db.query('COMMIT');
      }),
  };
}

async function inSnapshot<T>(db: Queryable, work: () => Promise<T>): Promise<T> {
  await db.query('BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY');
  const result = await work();
  await db.query('COMMIT');
  return result;
}

/** All columns except generated ones, which cannot be written. A partitioned table is copied by its partitions. */
async function tablesOf(db: Queryable): Promise<CopiedTable[]> {
  const { rows } = await db.query<{ name: string; columns: string; folder: string }>(
    `SELECT t.table_name AS name, current_setting('data_directory') AS folder,
            string_agg(quote_ident(c.column_name), ', ' ORDER BY c.ordinal_position) AS columns
       FROM information_schema.tables t
       JOIN information_schema.columns c USING (table_schema, table_name)
      WHERE t.table_schema = 'public' AND t.table_type = 'BASE TABLE' AND c.is_generated = 'NEVER'
        AND (SELECT relkind FROM pg_class WHERE oid = t.table_name::regclass) = 'r'
      GROUP BY t.table_name ORDER BY t.table_name`,
  );
  return rows.map(({ name, columns, folder }) => ({
    name,
    columns,
    file: join(folder, `backup-${randomUUID()}`),
  }));
}

async function sequencesOf(db: Queryable): Promise<CopiedSequence[]> {
  const { rows } = await db.query<CopiedSequence & Record<string, unknown>>(
    `SELECT quote_ident(sequencename) AS name, last_value::text AS value FROM pg_sequences WHERE schemaname = 'public'`,
  );
  return rows;
}
