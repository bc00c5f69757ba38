import { type Component, type ComponentName } from './components/component';
import { foreignInfrastructure } from './components/foreign-infrastructure';
import { infrastructureUrls } from './components/infrastructure-urls';
import { localInfrastructure } from './components/local-infrastructure';
import { services } from './components/services';
import { composeRunning, dockerFault } from './infrastructure/docker-compose';
import { OperatorError } from './operator-error';
import { commandLine } from './terminal';
import { type Infra, type Settings } from './settings';

/** The components of one copy of the system. */
export interface System {
  readonly infra: Infra;
  readonly infrastructure: readonly Component[];
  readonly services: readonly Component[];
}

/** The system that these settings describe. Without INFRA, Docker is used if it is available. */
export function currentSystem(settings: Settings): System {
  const infra = settings.infra ?? (dockerFault(settings) === null ? 'docker' : 'local');
  return { infra, infrastructure: infrastructure(settings, infra), services: services(settings, infra) };
}

/** Every component, services first. */
export function allComponents(system: System): readonly Component[] {
  return [...system.services, ...system.infrastructure];
}

/** The same system with only the named components; an empty list means all. */
export function only(system: System, names: readonly ComponentName[]): System {
  const isMeant = ({ name }: Component): boolean => names.length === 0 || names.includes(name);
  return {
    infra: system.infra,
    infrastructure: system.infrastructure.filter(isMeant),
    services: system.services.filter(isMeant),
  };
}

/** @throws OperatorError when this copy does not start and stop a named component */
export function ensureParts(system: System, names: readonly ComponentName[]): void {
  for (const name of names) {
    const component = allComponents(system).find((candidate) => candidate.name === name);
    if (component === undefined)
      throw new OperatorError(
        `This copy runs without ${name}: ${commandLine('restart')} checks for it again.`,
      );
    if (component.control === null && system.infra === 'external')
      throw new OperatorError(`${name} is not run by this script (INFRA=external).`);
  }
}

function infrastructure(settings: Settings, infra: Infra): Component[] {
  if (infra === 'local') return localInfrastructure(settings);
  const urls = infrastructureUrls(settings, infra);
  if (infra === 'external') return foreignInfrastructure(urls);
  return foreignInfrastructure(urls, async (name) => (await composeRunning(settings)).has(name));
}
