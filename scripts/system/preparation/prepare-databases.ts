import { infrastructureUrls } from '../components/infrastructure-urls';
import { type Infra, type Settings } from '../settings';
import { report, secondsSince } from '../terminal';
import { ensureDatabase } from './databases';
import { migrate } from './migrate';

/**
 * Migrates both databases.
 *
 * @param create whether a missing database is created; not on an external server, where the name may be wrong
 */
export async function prepareDatabases(
  settings: Settings,
  infra: Infra,
  { create }: { create: boolean },
): Promise<void> {
  const start = performance.now();
  const urls = infrastructureUrls(settings, infra);
  const wereMissing = await Promise.all(
    [urls.ORDER_DATABASE_URL, urls.DELIVERY_DATABASE_URL].map((url) => ensureDatabase(url, create)),
  );
  await migrate(settings, infra);
  const what = wereMissing.some(Boolean) ? 'created and migrated' : 'up to date';
  report('databases', `${what} in ${secondsSince(start)}`);
}
