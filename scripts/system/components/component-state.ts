import { portHolder } from '../processes/port-holder';
import { type ProcessFacts } from '../processes/process-facts';
import { recordedProcess } from '../processes/process-record';
import { type Settings } from '../settings';
import { type Component, SERVICE_NAMES } from './component';

export interface ComponentState {
  /** null when it is stopped, or not a process of this copy. */
  readonly process: ProcessFacts | null;
  /** null when it is usable. */
  readonly fault: string | null;
}

/** The state of a component of this copy. Another copy or program on its port is ignored. */
export async function stateOf(settings: Settings, component: Component): Promise<ComponentState> {
  const { stateFolder } = settings;
  if (component.control === null) return { process: null, fault: await component.fault(null) };
  const process = recordedProcess(stateFolder, component.name);
  if (process !== null) return { process, fault: await component.fault(process.pid) };
  return { process, fault: (await runsFromShell(settings, component)) ? null : stopped(component) };
}

/** Whether the service was started manually with the variables of `env --services`, and answers. */
export async function runsFromShell({ instanceId }: Settings, component: Component): Promise<boolean> {
  const isService = SERVICE_NAMES.some((name) => name === component.name);
  return isService && instanceId !== null && (await component.fault(null)) === null;
}

/** The fault of a component without a process of this copy. */
export function stopped({ port }: Component): string {
  const holder = portHolder(port);
  return holder === null
    ? 'stopped'
    : `stopped; port ${String(port)} is used by another program (pid ${String(holder.pid)})`;
}

/** Whether the component is usable. */
export async function isUsable(settings: Settings, component: Component): Promise<boolean> {
  return (await stateOf(settings, component)).fault === null;
}
