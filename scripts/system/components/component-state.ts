import { portHolder } from '../processes/port-holder';
import { type ProcessFacts } from '../processes/process-facts';
import { recordedProcess } from '../processes/process-record';
import { type Settings } from '../settings';
import { type Component, SERVICE_NAMES } from './component';

export interface ComponentState {
  /** Its process; null when it is stopped, or not a process of ours. */
  readonly process: ProcessFacts | null;
  /** What is wrong with it; null when it can be used. */
  readonly fault: string | null;
}

/** How a component of this copy is. What another copy or program does on its port does not count. */
export async function stateOf(settings: Settings, component: Component): Promise<ComponentState> {
  const { stateFolder } = settings;
  if (component.control === null) return { process: null, fault: await component.fault(null) };
  const process = recordedProcess(stateFolder, component.name);
  if (process !== null) return { process, fault: await component.fault(process.pid) };
  return { process, fault: (await runsFromShell(settings, component)) ? null : stopped(component) };
}

/** Whether a service of this copy answers that was started by hand, with the variables of `env --services`. */
export async function runsFromShell({ instanceId }: Settings, component: Component): Promise<boolean> {
  const isService = SERVICE_NAMES.some((name) => name === component.name);
  return isService && instanceId !== null && (await component.fault(null)) === null;
}

/** What to say of a component without a process of ours. */
export function stopped({ port }: Component): string {
  const holder = portHolder(port);
  return holder === null
    ? 'stopped'
    : `stopped; port ${String(port)} is used by another program (pid ${String(holder.pid)})`;
}

/** Whether it can be used. */
export async function isUsable(settings: Settings, component: Component): Promise<boolean> {
  return (await stateOf(settings, component)).fault === null;
}
