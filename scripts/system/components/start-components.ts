import { recordedProcess, recordProcess } from '../processes/process-record';
import { waitUntil } from '../processes/wait-until';
import { OperatorError } from '../operator-error';
import { type Settings } from '../settings';
import { report, secondsSince } from '../terminal';
import { type Component } from './component';

const RECOVERS_WITHIN_MS = 10_000;

/**
 * Looks for what is in the way of starting those components that are down, before anything is started.
 * @throws OperatorError with a line for each obstacle
 */
export async function ensureAllStartable(
  settings: Settings,
  components: readonly Component[],
): Promise<void> {
  const faults: string[] = [];
  for (const { name, control } of components) {
    if (control === null || recordedProcess(settings.stateFolder, name) !== null) continue;
    await control.ensureStartable().catch((fault: unknown) => {
      if (!(fault instanceof OperatorError)) throw fault;
      faults.push(fault.message);
    });
  }
  const [first, ...others] = faults;
  if (first !== undefined) throw new OperatorError(first, others);
}

/** Starts those of the components that are down, side by side, and waits until all can be used. */
export async function startComponents(settings: Settings, components: readonly Component[]): Promise<void> {
  const results = await Promise.allSettled(components.map((component) => startIfDown(settings, component)));
  const failures = results.filter((result) => result.status === 'rejected');
  if (failures[0] !== undefined) throw failures[0].reason;
}

async function startIfDown({ stateFolder }: Settings, component: Component): Promise<void> {
  const { name, control } = component;
  const where = `${component.host}:${String(component.port)}`;
  if (control === null) {
    await ensureForeignAnswers(component);
    report(name, `answers on ${where}`);
    return;
  }
  const running = recordedProcess(stateFolder, name);
  if (running !== null) {
    if (await waitUntil(() => component.isHealthy(), RECOVERS_WITHIN_MS)) {
      report(name, `already runs on ${where}`);
      return;
    }
    report(name, 'runs but is not healthy: starting it again');
    await control.stop(running.pid);
  }
  const start = performance.now();
  await control.start((pid) => recordProcess(stateFolder, name, pid));
  report(name, `started on ${where} in ${secondsSince(start)}`);
}

async function ensureForeignAnswers({ name, host, port, isHealthy }: Component): Promise<void> {
  if (await waitUntil(isHealthy, RECOVERS_WITHIN_MS, 250)) return;
  throw new OperatorError(`${name} does not answer on ${host}:${String(port)}.`);
}
