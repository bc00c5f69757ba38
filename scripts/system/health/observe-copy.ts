import { type Component, type ComponentName } from '../components/component';
import { stateOf, stopped } from '../components/component-state';
import { isStarted } from '../instance/settings-in-force';
import { recordedProcess } from '../processes/process-record';
import { type Infra, PORT_VARIABLES, type Settings } from '../settings';
import { type System } from '../system';
import { commandLine } from '../terminal';
import {
  type Dependency,
  type DependencyName,
  type Observations,
  type ServiceName,
  type ServiceSeen,
} from './observations';
import { readServiceHealth } from './read-service-health';

/** Checks every component of this copy, wherever it runs. */
export async function observeCopy(settings: Settings, system: System): Promise<Observations> {
  const [dependencies, services] = await Promise.all([
    Promise.all(system.infrastructure.map((component) => dependencySeen(settings, system.infra, component))),
    Promise.all(system.services.map((component) => serviceSeen(settings, component))),
  ]);
  return {
    dependencies: settings.withoutRedis ? [...dependencies, withoutRedis()] : dependencies,
    services,
  };
}

const URL_VARIABLES: Record<DependencyName, string> = {
  postgres: 'ORDER_DATABASE_URL',
  redis: 'REDIS_URL',
  sqs: 'SQS_ENDPOINT',
};

async function dependencySeen(settings: Settings, infra: Infra, component: Component): Promise<Dependency> {
  const name = component.name as DependencyName;
  const { fault } = await stateOf(settings, component);
  const isOurs = infra !== 'external';
  return {
    name,
    address: addressOf(component),
    fault,
    off: null,
    isOurs,
    remedy: isOurs
      ? restart(settings, component, fault)
      : `start the server that ${URL_VARIABLES[name]} names, or correct that and run ${commandLine('restart')}`,
    inquiry: logsOf('order-service'),
  };
}

async function serviceSeen(settings: Settings, component: Component): Promise<ServiceSeen> {
  const name = component.name as ServiceName;
  const { fault, health, remedy } = await answerOf(settings, component);
  return {
    name,
    address: addressOf(component),
    fault,
    health,
    remedy: remedy ?? restart(settings, component, fault),
    inquiry: logsOf(name),
  };
}

interface Answer {
  fault: string | null;
  health: ServiceSeen['health'];
  remedy?: string;
}

/** Checks a service started by this copy, or from a shell with the variables of this copy. */
async function answerOf(settings: Settings, component: Component): Promise<Answer> {
  const { name, host, port } = component;
  const url = `http://${host}:${String(port)}`;
  const process = recordedProcess(settings.stateFolder, name);
  const answer = await readServiceHealth(url, name);
  const isOurs = answer.kind === 'service' && answer.instanceId === settings.instanceId;
  if (isOurs && (process !== null || settings.instanceId !== null))
    return { fault: null, health: answer.health };
  const isAnonymous = answer.kind === 'service' && answer.instanceId === null;
  if (isAnonymous && process === null && isStarted(settings))
    return {
      fault: `${url} is answered by a service that does not report its instance`,
      health: null,
      remedy: `start that service after eval "$(${commandLine('env --services')})"`,
    };
  if (process === null) return { fault: stopped(component), health: null };
  if (answer.kind === 'silent')
    return { fault: `does not answer at ${url} (${answer.reason})`, health: null };
  const who =
    answer.kind === 'stranger'
      ? 'another program'
      : `another copy (instance ${answer.instanceId ?? 'unknown'})`;
  return {
    fault: `${url} is answered by ${who}`,
    health: null,
    remedy: onAnotherPort(settings, component.name),
  };
}

/** If another program uses the port, a restart alone would fail. */
function restart(settings: Settings, { name }: Component, fault: string | null): string {
  if (fault?.includes('is used by another program') === true) return onAnotherPort(settings, name);
  return commandLine(`restart ${name}`);
}

const PORT_OF: Record<ComponentName, keyof Settings['ports']> = {
  'order-service': 'orderService',
  'delivery-service': 'deliveryService',
  postgres: 'postgres',
  redis: 'redis',
  sqs: 'sqs',
};

function onAnotherPort({ ports }: Settings, name: ComponentName): string {
  const key = PORT_OF[name];
  const port = ports[key] + (ports[key] < 64_000 ? 1_000 : -1_000);
  return `${PORT_VARIABLES[key]}=${String(port)} ${commandLine('restart')}`;
}

const withoutRedis = (): Dependency => ({
  name: 'redis',
  address: null,
  fault: null,
  off: 'this copy was started without a Redis program',
  isOurs: true,
  remedy: '',
  inquiry: '',
});

const logsOf = (service: ServiceName): string => commandLine(`logs ${service} --tail 20 --no-follow`);

const addressOf = ({ host, port }: Component): string => `${host}:${String(port)}`;
