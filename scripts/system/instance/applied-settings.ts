import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SERVICE_SETTING_NAMES } from '../../../src/shared/config/setting-names';
import { type Settings, whereItRuns } from '../settings';

type ServiceName = keyof typeof SERVICE_SETTING_NAMES;

/** Records the settings that a service is started with, as digests because some are secret. */
export function noteApplied(settings: Settings, service: string): void {
  if (!isService(service)) return;
  const file = appliedFile(settings, service);
  mkdirSync(join(settings.stateFolder, 'run'), { recursive: true });
  writeFileSync(file, JSON.stringify(digests(settings, service)));
}

/** The variables whose value in the environment differs from the one that the running service was started with. */
export function changedSettings(settings: Settings, service: string): string[] {
  if (!isService(service)) return [];
  const applied = readApplied(appliedFile(settings, service));
  if (applied === null) return [];
  return Object.entries(digests(settings, service))
    .filter(([name, digest]) => applied[name] !== digest)
    .map(([name]) => name);
}

const isService = (name: string): name is ServiceName => name in SERVICE_SETTING_NAMES;

function digests(settings: Settings, service: ServiceName): Record<string, string> {
  const decidedElsewhere = whereItRuns(settings);
  const given = SERVICE_SETTING_NAMES[service].filter(
    (name) => settings.environment[name] !== undefined && !(name in decidedElsewhere),
  );
  return Object.fromEntries(given.map((name) => [name, digest(settings, name)]));
}

function digest({ instanceId, environment }: Settings, name: string): string {
  const text = JSON.stringify([instanceId, name, environment[name]]);
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

function readApplied(file: string): Record<string, string> | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>;
  } catch {
    return null;
  }
}

function appliedFile({ stateFolder }: Settings, service: ServiceName): string {
  return join(stateFolder, 'run', `${service}.settings.json`);
}
