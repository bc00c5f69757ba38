import { agreedSettings } from '../instance/settings-in-force';
import { withLock } from '../instance/with-lock';
import { type Settings } from '../settings';
import { prepareDatabases } from '../preparation/prepare-databases';
import { buildIfNeeded } from '../preparation/build';
import { currentSystem } from '../system';
import { ensureSecrets } from '../preparation/service-secrets';
import { ensureAnswering } from '../components/ensure-answering';

/** Creates both databases if they are missing and migrates them. The server must be running. */
export async function setupDatabase(given: Settings): Promise<number> {
  return withLock(given, 'setup-database', async () => {
    const settings = agreedSettings(given);
    const { infra, infrastructure } = currentSystem(settings);
    await ensureAnswering(
      settings,
      infrastructure.filter(({ name }) => name === 'postgres'),
    );
    await buildIfNeeded(settings);
    ensureSecrets(settings);
    await prepareDatabases(settings, infra, { create: true });
    return 0;
  });
}
