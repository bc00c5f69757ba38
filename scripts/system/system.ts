import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Component } from './components/component';
import { foreignInfrastructure } from './components/foreign-infrastructure';
import { infrastructureUrls } from './components/infrastructure-urls';
import { localInfrastructure } from './components/local-infrastructure';
import { services } from './components/services';
import { type Infra, type Settings } from './settings';

/** One copy of the system: what it consists of, given where its infrastructure runs. */
export interface System {
  readonly infra: Infra;
  readonly infrastructure: readonly Component[];
  readonly services: readonly Component[];
}

const DOCKER_ANSWERS_WITHIN_MS = 3000;

/** The system as `up` makes it. Where its infrastructure runs stays as it was while any of it may be running. */
export function currentSystem(settings: Settings): System {
  const infra = settings.infra ?? rememberedInfra(settings) ?? (dockerAnswers() ? 'docker' : 'local');
  return {
    infra,
    infrastructure:
      infra === 'local'
        ? localInfrastructure(settings)
        : foreignInfrastructure(infrastructureUrls(settings, infra)),
    services: services(settings, infra),
  };
}

/** Every component, in the order in which a person thinks of them. */
export function allComponents(system: System): readonly Component[] {
  return [...system.services, ...system.infrastructure];
}

/** Lets later commands find the same infrastructure without asking Docker again. */
export function rememberInfra({ stateFolder }: Settings, infra: Infra): void {
  mkdirSync(join(stateFolder, 'run'), { recursive: true });
  writeFileSync(infraFile(stateFolder), infra);
}

/** After everything has been stopped, the next start may choose anew. */
export function forgetInfra({ stateFolder }: Settings): void {
  rmSync(infraFile(stateFolder), { force: true });
}

function rememberedInfra({ stateFolder }: Settings): Infra | null {
  try {
    const infra = readFileSync(infraFile(stateFolder), 'utf8');
    return infra === 'docker' || infra === 'local' ? infra : null;
  } catch {
    return null;
  }
}

function infraFile(stateFolder: string): string {
  return join(stateFolder, 'run', 'infra');
}

function dockerAnswers(): boolean {
  return spawnSync('docker', ['info'], { stdio: 'ignore', timeout: DOCKER_ANSWERS_WITHIN_MS }).status === 0;
}
