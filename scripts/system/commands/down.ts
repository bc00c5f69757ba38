import { stopComponents } from '../components/stop-components';
import { composeDown } from '../infrastructure/docker-compose';
import { recordedProcess } from '../processes/process-record';
import { type Settings } from '../settings';
import { allComponents, currentSystem, forgetInfra } from '../system';

/** Stops the services, which first finish what they have in hand, then the infrastructure. Data stays. */
export async function down(settings: Settings): Promise<number> {
  const system = currentSystem(settings);
  const runs = allComponents(system).some(({ name }) => recordedProcess(settings.stateFolder, name) !== null);
  console.log(runs ? 'Stopping the system' : 'The system is down already.');
  await stopComponents(settings, system.services);
  await stopComponents(settings, system.infrastructure);
  if (system.infra === 'docker') composeDown(settings, { wipe: false });
  forgetInfra(settings);
  return 0;
}
