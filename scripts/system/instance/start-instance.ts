import { OperatorError } from '../operator-error';
import { dockerFault } from '../infrastructure/docker-compose';
import { type Infra, type Settings, whereItRuns } from '../settings';
import { instanceId, readInstance, writeInstance } from './instance-file';

/**
 * Notes where this copy runs from now on, so that every later command finds it there.
 * @returns the settings with its id
 */
export function startInstance(settings: Settings, infra: Infra): Settings {
  const id = instanceId(settings.stateFolder);
  const { withoutRedis } = settings;
  writeInstance(settings.stateFolder, { id, variables: whereItRuns({ ...settings, infra }), withoutRedis });
  return { ...settings, infra, instanceId: id };
}

/** Notes that this copy was started without Redis. */
export function noteWithoutRedis(settings: Settings): Settings {
  const instance = readInstance(settings.stateFolder);
  if (instance) writeInstance(settings.stateFolder, { ...instance, withoutRedis: true });
  return { ...settings, withoutRedis: true };
}

/** After everything has been stopped, the next start may choose anew. Its id stays. */
export function endInstance({ stateFolder }: Settings): void {
  const instance = readInstance(stateFolder);
  if (instance) writeInstance(stateFolder, { ...instance, variables: null, withoutRedis: false });
}

/** @throws OperatorError when the infrastructure is to run in Docker, and cannot */
export function ensureDocker(settings: Settings): void {
  const fault = dockerFault(settings);
  if (fault !== null)
    throw new OperatorError(`INFRA=docker cannot be used: ${fault}. Set INFRA=local to do without Docker.`);
}
