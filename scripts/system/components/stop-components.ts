import { forgetProcess, recordedProcess } from '../processes/process-record';
import { type Settings } from '../settings';
import { report, secondsSince } from '../terminal';
import { type Component } from './component';

/** Stops the running components that this copy controls, in parallel. */
export async function stopComponents(settings: Settings, components: readonly Component[]): Promise<void> {
  await Promise.all(components.map((component) => stopIfRunning(settings, component)));
}

async function stopIfRunning({ stateFolder }: Settings, { name, control }: Component): Promise<void> {
  const running = recordedProcess(stateFolder, name);
  if (running === null || control === null) return;
  const start = performance.now();
  const how = await control.stop(running.pid);
  forgetProcess(stateFolder, name);
  const text = how === 'killed' ? 'did not stop in time and was killed after' : 'stopped in';
  report(name, `${text} ${secondsSince(start)}`);
}
