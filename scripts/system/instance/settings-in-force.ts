import { COMPONENT_NAMES } from '../components/component';
import { OperatorError } from '../operator-error';
import { recordedProcess } from '../processes/process-record';
import { type Settings, whereItRuns, withVariables } from '../settings';
import { commandLine, shortPath } from '../terminal';
import { type Instance, instanceFile, readInstance } from './instance-file';

const MAY_HOLD_PASSWORD = /_URL$/;

/**
 * The settings by which this copy can be reached: while it runs, those that it was started with, whatever the environment says. After
 * a crash of everything the environment goes first, and what it leaves open is as it was.
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
 * The settings in force, for a command that must not mean another copy than the operator does.
 * @throws OperatorError when the environment says something else than the running copy was started with, or when that is not known
 */
export function agreedSettings(given: Settings): Settings {
  ensureKnown(given);
  const differences = differencesFrom(given);
  if (differences.length === 0) return settingsInForce(given);
  const [these, them] = differences.length === 1 ? ['this', 'it'] : ['these', 'them'];
  throw new OperatorError(
    `This copy runs with other settings than the environment or .env gives: ${differences.join(', ')}. ` +
      `Unset ${these}, or apply ${them} with: ${commandLine('restart')}`,
  );
}

/**
 * The settings for a fresh start of the copy: what the environment says, and for the rest what the copy was started with, so that
 * another terminal need not repeat it.
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

/** Whether any process of the copy runs. Docker starts and stops its containers: those count as running until `down`. */
function isRunning(stateFolder: string, { variables }: Instance): boolean {
  return variables?.['INFRA'] === 'docker' || runsAny(stateFolder);
}

function runsAny(stateFolder: string): boolean {
  return COMPONENT_NAMES.some((name) => recordedProcess(stateFolder, name) !== null);
}

/** @throws OperatorError when something runs, and the file that says where is lost: ports of the environment would be a guess */
function ensureKnown({ stateFolder }: Settings): void {
  if (readInstance(stateFolder) !== null || !runsAny(stateFolder)) return;
  throw new OperatorError(
    `This copy runs, but ${shortPath(instanceFile(stateFolder))}, which says on which ports, is missing or damaged: ` +
      `stop it with ${commandLine('down')}, then start it again.`,
  );
}

/** For each variable that differs, its name, with both values unless they may hold a password. */
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
