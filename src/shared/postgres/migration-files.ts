import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface MigrationSource {
  /** Part of each migration's recorded name, so that two folders can both have a `0001`. */
  name: string;
  directory: string;
}

export interface Migration {
  /** Its source and its file, for example `order-service/0001_orders.sql`. */
  name: string;
  sql: string;
  /** SHA-256 of the text. */
  checksum: string;
}

/** The source of the event log's tables, which every service has. */
export const EVENT_LOG = 'event-log';

/** What a service's database is made of: the event log's tables, then the service's own. */
export function migrationSources(service: string, ownMigrations: string): MigrationSource[] {
  const eventLog = join(__dirname, '..', 'event-log', 'migrations');
  return [
    { name: EVENT_LOG, directory: eventLog },
    { name: service, directory: ownMigrations },
  ];
}

/** All migrations of the sources, in the order in which they are applied. */
export async function readMigrations(sources: readonly MigrationSource[]): Promise<Migration[]> {
  return (await Promise.all(sources.map(migrationsOf))).flat();
}

async function migrationsOf({ name, directory }: MigrationSource): Promise<Migration[]> {
  const files = (await readdir(directory)).filter((file) => /^\d{4}_.+\.sql$/.test(file)).sort();
  return Promise.all(
    files.map(async (file) => {
      const sql = await readFile(join(directory, file), 'utf8');
      return { name: `${name}/${file}`, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    }),
  );
}
