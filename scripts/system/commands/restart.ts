import { type ComponentName } from '../components/component';
import { ensureHttpPorts } from '../instance/ensure-http-ports';
import { agreedSettings, nextSettings } from '../instance/settings-in-force';
import { withLock } from '../instance/with-lock';
import { type Settings } from '../settings';
import { stopSystem } from './down';
import { startUp } from './up';

/**
 * Stops the named components, or all, and starts them again with the current sources and settings. Ports, addresses and INFRA change only
 * when the whole system is restarted.
 */
export async function restart(given: Settings, names: readonly ComponentName[] = []): Promise<number> {
  return withLock(given, 'restart', async () => {
    const next = names.length === 0 ? nextSettings(given) : agreedSettings(given);
    ensureHttpPorts(next);
    await stopSystem(given, names);
    return startUp(next, { names, infra: false });
  });
}
