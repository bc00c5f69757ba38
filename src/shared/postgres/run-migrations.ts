import { join } from 'node:path';
import { migrate } from './migrate';

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
  const eventLog = join(__dirname, '..', 'event-log', 'migrations');
  const sources = [
    { name: 'event-log', directory: eventLog },
    { name: service, directory: ownMigrations },
  ];
  const applied = await migrate(url, sources, schema);
  return applied.length === 0
    ? `${service}: database is up to date`
    : `${service}: applied ${applied.join(', ')}`;
}
