import { type ComponentName } from '../components/component';
import { stopComponents } from '../components/stop-components';
import { composeDown, composeStop } from '../infrastructure/docker-compose';
import { settingsInForce } from '../instance/settings-in-force';
import { endInstance } from '../instance/start-instance';
import { withLock } from '../instance/with-lock';
import { recordedProcess } from '../processes/process-record';
import { type Settings } from '../settings';
import { allComponents, currentSystem, ensureParts, only, type System } from '../system';

/**
 * Stops the named components, or all: first the services, which finish their current work, then the infrastructure. Data is kept.
 * Uses the settings that this copy was started with, not those of the environment.
 */
export async function down(given: Settings, names: readonly ComponentName[] = []): Promise<number> {
  return withLock(given, 'down', () => stopSystem(given, names));
}

/** The same for a caller that already holds the lock. */
export async function stopSystem(given: Settings, names: readonly ComponentName[] = []): Promise<number> {
  const settings = settingsInForce(given);
  const whole = currentSystem(settings);
  ensureParts(whole, names);
  const system = only(whole, names);
  console.log(headline(settings, system, names));
  await stopComponents(settings, system.services);
  await stopComponents(settings, system.infrastructure);
  if (system.infra === 'docker') stopContainers(settings, system, names);
  if (names.length === 0) endInstance(settings);
  return 0;
}

function headline({ stateFolder }: Settings, system: System, names: readonly ComponentName[]): string {
  const runs = allComponents(system).some(
    ({ name, control }) => control === null || recordedProcess(stateFolder, name) !== null,
  );
  const what = names.length === 0 ? 'the system' : names.join(', ');
  if (runs) return `Stopping ${what}`;
  return `${what.replace(/^the/, 'The')} ${names.length > 1 ? 'are' : 'is'} already down.`;
}

function stopContainers(settings: Settings, system: System, names: readonly ComponentName[]): void {
  const containers = system.infrastructure.map(({ name }) => name);
  if (names.length === 0) composeDown(settings, { wipe: false });
  else if (containers.length > 0) composeStop(settings, containers);
}
