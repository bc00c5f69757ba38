import { ensureAnswering } from '../components/ensure-answering';
import { ensureAllStartable, startComponents } from '../components/start-components';
import { buildIfNeeded } from '../preparation/build';
import { ensureSigningKey } from '../preparation/signing-keys';
import { type Settings } from '../settings';
import { currentSystem } from '../system';

/** Starts the two services. The infrastructure must run, with its databases set up. */
export async function startServices(settings: Settings): Promise<number> {
  const { infrastructure, services } = currentSystem(settings);
  await ensureAnswering(infrastructure);
  await ensureAllStartable(settings, services);
  await buildIfNeeded(settings);
  ensureSigningKey(settings.stateFolder);
  await startComponents(settings, services);
  return 0;
}
