import { recordedProcess, recordProcess } from '../processes/process-record';
import { sideBySide } from '../processes/side-by-side';
import { waitUntil } from '../processes/wait-until';
import { noteApplied } from '../instance/applied-settings';
import { OperatorError } from '../operator-error';
import { type Settings } from '../settings';
import { report, secondsSince } from '../terminal';
import { runsFromShell } from './component-state';
import { type Component } from './component';

const RECOVERS_WITHIN_MS = 10_000;

/**
 * Checks, before anything is started, that the components that are down can be started.
 * @throws OperatorError with a line for each obstacle
 */
export async function ensureAllStartable(
  settings: Settings,
  components: readonly Component[],
): Promise<void> {
  const faults: string[] = [];
  for (const component of components) {
    const { name, control } = component;
    if (control === null || recordedProcess(settings.stateFolder, name) !== null) continue;
    if (await runsFromShell(settings, component)) continue;
    await control.ensureStartable().catch((fault: unknown) => {
      if (!(fault instanceof OperatorError)) throw fault;
      faults.push(fault.message);
    });
  }
  const [first, ...others] = new Set(faults);
  if (first !== undefined) throw new OperatorError(first, others);
}

/** Starts the components that are down, in parallel, and waits until all are ready. */
export async function startComponents(settings: Settings, components: readonly Component[]): Promise<void> {
  await sideBySide(components.map((component) => startIfDown(settings, component)));
}

async function startIfDown(settings: Settings, component: Component): Promise<void> {
  const { stateFolder } = settings;
  const { name, control } = component;
  const where = `${component.host}:${String(component.port)}`;
  if (control === null) {
    await ensureForeignAnswers(component);
    report(name, `answers on ${where}`);
    return;
  }
  const running = recordedProcess(stateFolder, name);
  if (running !== null) {
    if (await waitUntil(async () => (await component.fault(running.pid)) === null, RECOVERS_WITHIN_MS)) {
      report(name, `already running on ${where}`);
      return;
    }
    report(name, 'running but not healthy: restarting it');
    await control.stop(running.pid);
  }
  if (running === null && (await runsFromShell(settings, component))) {
    report(name, `running from a shell on ${where}`);
    return;
  }
  const start = performance.now();
  await control.start((pid) => recordProcess(stateFolder, name, pid));
  noteApplied(settings, name);
  report(name, `started on ${where} in ${secondsSince(start)}`);
}

async function ensureForeignAnswers({ name, fault }: Component): Promise<void> {
  let found: string | null = null;
  const answers = async (): Promise<boolean> => (found = await fault(null)) === null;
  if (await waitUntil(answers, RECOVERS_WITHIN_MS, 250)) return;
  throw new OperatorError(`${name}: ${String(found)}.`);
}
