import { type ComponentName } from '../components/component';
import { agreedSettings, nextSettings } from '../instance/settings-in-force';
import { withLock } from '../instance/with-lock';
import { type Settings } from '../settings';
import { takeDown } from './down';
import { bringUp } from './up';

/**
 * Stops the named components, or all, and starts them again, with the sources and settings as they are now. Where the system runs can
 * change only when all of it is restarted.
 */
export async function restart(given: Settings, names: readonly ComponentName[] = []): Promise<number> {
  return withLock(given, 'restart', async () => {
    const next = names.length === 0 ? nextSettings(given) : agreedSettings(given);
    await takeDown(given, names);
    return bringUp(next, { names, infra: false });
  });
}
