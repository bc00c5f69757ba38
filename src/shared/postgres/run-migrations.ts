import { migrate } from './migrate';
import { migrationSources } from './migration-files';

/**
 * Brings a service's database up to date: the event log's tables, then the service's own.
 *
 * @returns one line on what was done.
 */
export async function runMigrations(
  service: string,
  url: string,
  ownMigrations: string,
  schema?: string,
): Promise<string> {
  const applied = await migrate(url, migrationSources(service, ownMigrations), schema);
  return applied.length === 0
    ? `${service}: database is up to date`
    : `${service}: applied ${applied.join(', ')}`;
}
