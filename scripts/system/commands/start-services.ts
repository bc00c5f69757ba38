import { ensureAnswering } from '../components/ensure-answering';
import { ensureAllStartable, startComponents } from '../components/start-components';
import { agreedSettings } from '../instance/settings-in-force';
import { startInstance } from '../instance/start-instance';
import { withLock } from '../instance/with-lock';
import { buildIfNeeded } from '../preparation/build';
import { ensureSecrets } from '../preparation/service-secrets';
import { type Settings } from '../settings';
import { currentSystem } from '../system';

/** Starts the two services. The infrastructure must be running, with its databases set up. */
export async function startServices(given: Settings): Promise<number> {
  return withLock(given, 'start-services', async () => {
    const settings = agreedSettings(given);
    const { infra, infrastructure, services } = currentSystem(settings);
    await ensureAnswering(settings, infrastructure);
    await ensureAllStartable(settings, services);
    await buildIfNeeded(settings);
    ensureSecrets(settings);
    await startComponents(settings, currentSystem(startInstance(settings, infra)).services);
    return 0;
  });
}
