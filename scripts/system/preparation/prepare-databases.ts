import { infrastructureUrls } from '../components/infrastructure-urls';
import { type Infra, type Settings } from '../settings';
import { report, secondsSince } from '../terminal';
import { ensureDatabase } from './databases';
import { migrate } from './migrate';

/** Creates the databases of both services if they are missing, and brings their tables up to date. */
export async function prepareDatabases(settings: Settings, infra: Infra): Promise<void> {
  const start = performance.now();
  const urls = infrastructureUrls(settings, infra);
  const wereMissing = await Promise.all(
    [urls.ORDER_DATABASE_URL, urls.DELIVERY_DATABASE_URL].map((url) => ensureDatabase(url)),
  );
  await migrate(settings, infra);
  const what = wereMissing.some(Boolean) ? 'created and migrated' : 'up to date';
  report('databases', `${what} in ${secondsSince(start)}`);
}
