import { MIGRATION_SETTING_NAMES, SERVICE_SETTING_NAMES } from '../../../src/shared/config/setting-names';
import { serviceEnvironment } from '../components/service-environment';
import { readServiceHealth } from '../health/read-service-health';
import { isStarted, agreedSettings } from '../instance/settings-in-force';
import { OperatorError } from '../operator-error';
import { type Infra, type Settings } from '../settings';
import { currentSystem, type System } from '../system';
import { commandLine } from '../terminal';

const SERVICE_VARIABLES = new Set<string>([
  ...Object.values(SERVICE_SETTING_NAMES).flat(),
  ...MIGRATION_SETTING_NAMES,
]);

/**
 * Prints `export` lines for a shell: the URLs of the running services, or with `services` the variables of a service run from that shell.
 * @throws OperatorError when this copy or one of its services does not run, so that the URLs never lead to another system
 */
export function env(given: Settings, options: { services: boolean }): Promise<number> {
  const settings = agreedSettings(given);
  if (!isStarted(settings))
    throw new OperatorError(`This copy of the system is not up: start it with ${commandLine('up')}`);
  const system = currentSystem(settings);
  if (!options.services) return printAddresses(settings, system);
  printServiceVariables(settings, system.infra);
  return Promise.resolve(0);
}

async function printAddresses(settings: Settings, { services }: System): Promise<number> {
  for (const { name, host, port } of services) {
    const url = `http://${host}:${String(port)}`;
    const answer = await readServiceHealth(url, name);
    if (answer.kind !== 'service' || answer.instanceId !== settings.instanceId)
      throw new OperatorError(
        `The ${name} of this copy does not answer at ${url}: ${commandLine('health-check')} shows the cause.`,
      );
  }
  for (const { name, host, port } of services)
    printVariable(name === 'order-service' ? 'ORDER_URL' : 'DELIVERY_URL', `http://${host}:${String(port)}`);
  return 0;
}

/** The last output of `up --infra`: the variables of a service, and how to set them. */
export function showServiceVariables(settings: Settings, infra: Infra): void {
  console.log(
    `\nA service that is run from a shell, for example with npm run dev:order, needs these variables;`,
  );
  console.log(`eval "$(${commandLine('env --services')})" sets them.\n`);
  printServiceVariables(settings, infra);
}

function printServiceVariables(settings: Settings, infra: Infra): void {
  for (const [name, value = ''] of Object.entries(serviceEnvironment(settings, infra)))
    if (SERVICE_VARIABLES.has(name)) printVariable(name, value);
}

function printVariable(name: string, value: string): void {
  console.log(`export ${name}='${value.replaceAll("'", String.raw`'\''`)}'`);
}
