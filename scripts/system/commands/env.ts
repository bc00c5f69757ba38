import { serviceEnvironment } from '../components/service-environment';
import { isStarted, agreedSettings } from '../instance/settings-in-force';
import { OperatorError } from '../operator-error';
import { type Infra, type Settings } from '../settings';
import { currentSystem } from '../system';
import { commandLine } from '../terminal';

/** No service reads these. */
const OF_SCRIPTS = ['INFRA', 'LOCAL_DIR', 'POSTGRES_PORT', 'REDIS_PORT', 'SQS_PORT'];

/**
 * Prints lines for a shell: where the services of the running copy are, or with `services` the variables of a service that is run from
 * that shell.
 * @throws OperatorError when this copy does not run: another system must not be found in its place
 */
export function env(given: Settings, options: { services: boolean }): Promise<number> {
  const settings = agreedSettings(given);
  if (!isStarted(settings))
    throw new OperatorError(`This copy of the system is not up: start it with ${commandLine('up')}`);
  const system = currentSystem(settings);
  if (options.services) printServiceVariables(settings, system.infra);
  else
    for (const { name, host, port } of system.services)
      printVariable(
        name === 'order-service' ? 'ORDER_URL' : 'DELIVERY_URL',
        `http://${host}:${String(port)}`,
      );
  return Promise.resolve(0);
}

/** The variables of a service, and how to take them over, as `up --infra` ends. */
export function showServiceVariables(settings: Settings, infra: Infra): void {
  console.log(
    `\nA service that is run from a shell, with npm run dev:order for example, needs these variables;`,
  );
  console.log(`eval "$(${commandLine('env --services')})" sets them.\n`);
  printServiceVariables(settings, infra);
}

/** Those that the shell does not have already. */
function printServiceVariables(settings: Settings, infra: Infra): void {
  const { ownEnvironment } = settings;
  for (const [name, value = ''] of Object.entries(serviceEnvironment(settings, infra)))
    if (!OF_SCRIPTS.includes(name) && (ownEnvironment[name] ?? '') !== value) printVariable(name, value);
}

function printVariable(name: string, value: string): void {
  console.log(`export ${name}='${value.replaceAll("'", String.raw`'\''`)}'`);
}
