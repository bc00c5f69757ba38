import { OperatorError } from '../operator-error';
import { dockerFault } from '../infrastructure/docker-compose';
import { type Infra, type Settings, whereItRuns } from '../settings';
import { instanceId, readInstance, writeInstance } from './instance-file';

/**
 * Records where this copy runs, so that later commands can reach it.
 * @returns the settings with the instance id
 */
export function startInstance(settings: Settings, infra: Infra): Settings {
  const id = instanceId(settings.stateFolder);
  const { withoutRedis } = settings;
  writeInstance(settings.stateFolder, { id, variables: whereItRuns({ ...settings, infra }), withoutRedis });
  return { ...settings, infra, instanceId: id };
}

/** Records that this copy was started without Redis. */
export function noteWithoutRedis(settings: Settings): Settings {
  const instance = readInstance(settings.stateFolder);
  if (instance) writeInstance(settings.stateFolder, { ...instance, withoutRedis: true });
  return { ...settings, withoutRedis: true };
}

/** Clears the recorded settings after everything has been stopped. The id is kept. */
export function endInstance({ stateFolder }: Settings): void {
  const instance = readInstance(stateFolder);
  if (instance) writeInstance(stateFolder, { ...instance, variables: null, withoutRedis: false });
}

/** @throws OperatorError when INFRA=docker is set but Docker cannot be used */
export function ensureDocker(settings: Settings): void {
  const fault = dockerFault(settings);
  if (fault !== null)
    throw new OperatorError(`INFRA=docker cannot be used: ${fault}. Set INFRA=local to run without Docker.`);
}
