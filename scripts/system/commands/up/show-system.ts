import { changedSettings } from '../../instance/applied-settings';
import { isBuiltFromSources } from '../../preparation/sources';
import { type DemoToken } from '../../preparation/demo-token';
import { type Settings } from '../../settings';
import { type System } from '../../system';
import { commandLine, report, shortPath } from '../../terminal';

const WHERE = {
  local: 'without Docker',
  docker: 'infrastructure in Docker',
  external: 'external infrastructure',
};

/** Describes where the infrastructure runs and where the state is kept. */
export function whereItIs({ stateFolder }: Settings, { infra }: System): string {
  return `${WHERE[infra]}, state in ${shortPath(stateFolder)}`;
}

/** Prints changes to sources and settings since the services were started, and how to apply them. */
export function showChanges(settings: Settings, { services }: System): void {
  if (services.length > 0 && !isBuiltFromSources(settings.projectFolder))
    console.log(`Its sources have changed since; apply with: ${commandLine('restart')}`);
  for (const { name } of services) {
    const changed = changedSettings(settings, name);
    if (changed.length === 0) continue;
    const differs = changed.length === 1 ? 'differs' : 'differ';
    console.log(
      `${changed.join(', ')} ${differs} from what ${name} was started with; apply with: ${commandLine(`restart ${name}`)}`,
    );
  }
}

/**
XX
 * @param token null where there are no demo clients
 */
export function showAddresses(settings: Settings, system: System, token: DemoToken | null): void {
  console.log('');
  for (const { name, host, port } of system.services) report(name, `http://${host}:${String(port)}`);
  for (const { name, host, port } of system.infrastructure) report(name, `${host}:${String(port)}`);
  if (settings.withoutRedis) report('redis', 'off: limits and the fast path of replays are kept in memory');
  report('logs', `${shortPath(settings.stateFolder)}/logs, or: ${commandLine('logs')}`);
  if (token !== null) report('demo client', demoClientText(token));
  report('in a shell', `eval "$(${commandLine('env')})" sets ORDER_URL and DELIVERY_URL`);
  if (token === null) report('first client', 'npm run register-client -- CLIENT_ID SCOPE…');
  else report('next', commandLine('demo'));
}

function demoClientText(token: DemoToken): string {
  if (token !== 'refused') return 'demo-client, secret demo-secret';
  return 'demo-client has another secret than demo-secret, or is disabled or removed: it is not changed';
}
