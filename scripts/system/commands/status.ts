import { type Component, type ComponentName } from '../components/component';
import { stateOf } from '../components/component-state';
import { agreedSettings } from '../instance/settings-in-force';
import { type Settings } from '../settings';
import { allComponents, currentSystem, only } from '../system';
import { styled } from '../terminal';

interface ComponentStatus {
  readonly name: string;
  readonly state: 'running' | 'stopped';
  readonly healthy: boolean;
  /** null when healthy. */
  readonly fault: string | null;
  /** null: not a process of this copy. */
  readonly pid: number | null;
  readonly port: number;
  readonly uptime_seconds: number | null;
  readonly memory_bytes: number | null;
}

/** Shows the state of the named components, or all; exit code 0 only if each is healthy. */
export async function status(
  given: Settings,
  options: { names: readonly ComponentName[]; json: boolean },
): Promise<number> {
  const settings = agreedSettings(given);
  const { instanceId, withoutRedis } = settings;
  const components = await Promise.all(
    allComponents(only(currentSystem(settings), options.names)).map((component) =>
      statusOf(settings, component),
    ),
  );
  if (options.json) console.log(JSON.stringify({ instance_id: instanceId, components }, null, 2));
  else showTable(components);
  if (withoutRedis && !options.json)
    console.log('redis is off: this copy was started without a Redis program');
  return components.every(({ healthy }) => healthy) ? 0 : 1;
}

async function statusOf(settings: Settings, component: Component): Promise<ComponentStatus> {
  const { name, port } = component;
  const { process: facts, fault } = await stateOf(settings, component);
  const healthy = fault === null;
  return {
    name,
    state: facts !== null || healthy ? 'running' : 'stopped',
    healthy,
    fault,
    pid: facts?.pid ?? null,
    port,
    uptime_seconds:
      facts === null ? null : Math.max(0, Math.round((Date.now() - facts.startedAt.getTime()) / 1000)),
    memory_bytes: facts?.memoryBytes ?? null,
  };
}

function showTable(components: readonly ComponentStatus[]): void {
  const rows = components.map((component) => [
    component.name,
    component.state,
    healthOf(component),
    String(component.pid ?? '-'),
    String(component.port),
    component.uptime_seconds === null ? '-' : duration(component.uptime_seconds),
    component.memory_bytes === null ? '-' : `${String(Math.round(component.memory_bytes / 2 ** 20))} MB`,
  ]);
  const table = [['COMPONENT', 'STATE', 'HEALTH', 'PID', 'PORT', 'UPTIME', 'MEMORY'], ...rows];
  const widths =
    table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? [];
  table.forEach((row, index) => {
    const line = row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ');
    console.log(coloured(line.trimEnd(), components[index - 1]));
  });
  for (const { name, fault } of components)
    if (fault !== null && fault !== 'stopped') console.log(`${name}: ${fault}`);
}

function healthOf({ state, healthy }: ComponentStatus): string {
  if (healthy) return 'healthy';
  return state === 'running' ? 'unhealthy' : '-';
}

function coloured(line: string, component: ComponentStatus | undefined): string {
  if (component === undefined) return styled('bold', line);
  return styled(component.healthy ? 'green' : 'red', line);
}

function duration(seconds: number): string {
  if (seconds < 60) return `${String(seconds)}s`;
  if (seconds < 3600) return `${String(Math.floor(seconds / 60))}m ${String(seconds % 60)}s`;
  return `${String(Math.floor(seconds / 3600))}h ${String(Math.floor((seconds % 3600) / 60))}m`;
}
