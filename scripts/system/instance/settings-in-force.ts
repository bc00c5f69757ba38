import { COMPONENT_NAMES } from '../components/component';
import { OperatorError } from '../operator-error';
import { recordedProcess } from '../processes/process-record';
import { type Settings, whereItRuns, withVariables } from '../settings';
import { commandLine, shortPath } from '../terminal';
import { type Instance, instanceFile, readInstance } from './instance-file';

const MAY_HOLD_PASSWORD = /_URL$/;

/**
 * The settings to reach this copy. While it runs: those that it was started with, regardless of the environment. After a crash of all
 * processes: the environment, completed by the previous settings.
 */
export function settingsInForce(given: Settings): Settings {
  const instance = readInstance(given.stateFolder);
  const known = { ...given, instanceId: instance?.id ?? null };
  if (!instance?.variables) return known;
  if (isRunning(given.stateFolder, instance))
    return { ...withVariables(known, instance.variables), withoutRedis: instance.withoutRedis };
  return nextSettings(given);
}

/**
 * The settings in force, for a command that must not act on a copy other than the intended one.
 * @throws OperatorError when the environment differs from the settings of the running copy, or these are unknown
 */
export function agreedSettings(given: Settings): Settings {
  ensureKnown(given);
  const differences = differencesFrom(given);
  if (differences.length === 0) return settingsInForce(given);
  const [these, them] = differences.length === 1 ? ['this', 'it'] : ['these', 'them'];
  throw new OperatorError(
    `This copy runs with settings that differ from the environment or .env: ${differences.join(', ')}. ` +
      `Unset ${these}, or apply ${them} with: ${commandLine('restart')}`,
  );
}

/**
 * The settings for the next start of the copy: the environment, completed by the settings of the previous start, so that another terminal
 * need not repeat them.
 */
export function nextSettings(given: Settings): Settings {
  const instance = readInstance(given.stateFolder);
  const known = { ...given, instanceId: instance?.id ?? null };
  return withVariables(known, { ...instance?.variables, ...given.environment });
}

/** Whether this copy has been started, and not stopped since. */
export function isStarted({ stateFolder }: Settings): boolean {
  const instance = readInstance(stateFolder);
  return instance?.variables != null && isRunning(stateFolder, instance);
}

/** Whether any process of the copy runs. Docker starts and stops its containers, so they count as running until `down`. */
function isRunning(stateFolder: string, { variables }: Instance): boolean {
  return variables?.['INFRA'] === 'docker' || runsAny(stateFolder);
}

function runsAny(stateFolder: string): boolean {
  return COMPONENT_NAMES.some((name) => recordedProcess(stateFolder, name) !== null);
}

/** @throws OperatorError when a process runs but the instance file is missing, so that its ports are unknown */
function ensureKnown({ stateFolder }: Settings): void {
  if (readInstance(stateFolder) !== null || !runsAny(stateFolder)) return;
  throw new OperatorError(
    `This copy runs, but ${shortPath(instanceFile(stateFolder))}, which holds its ports, is missing or damaged: ` +
      `stop it with ${commandLine('down')}, then start it again.`,
  );
}

/** The name of each variable that differs, with both values unless they may contain a password. */
function differencesFrom(given: Settings): string[] {
  const instance = readInstance(given.stateFolder);
  if (!instance?.variables || !isRunning(given.stateFolder, instance)) return [];
  const asked = { ...given.environment, ...whereItRuns(given) };
  return Object.entries(instance.variables)
    .filter(([name, value]) => given.environment[name] !== undefined && asked[name] !== value)
    .map(([name, value]) =>
      MAY_HOLD_PASSWORD.test(name) ? name : `${name}=${asked[name] ?? ''} (it runs with ${value || 'none'})`,
    );
}
