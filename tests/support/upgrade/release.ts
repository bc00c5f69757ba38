import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { builtProgram } from '../built-program';
import { type ServiceName } from '../databases';
import { serviceProcess, type ServiceProcess } from '../service-process';

export const PROJECT = join(__dirname, '..', '..', '..');

/** A build of the system. */
export interface Release {
  /** The file of a program, such as `order-service/server`. */
  program(name: string): Promise<string>;
}

/** The build of the present sources. */
export const presentRelease: Release = { program: builtProgram };

export type Environment = Record<string, string>;

const SERVICES: readonly ServiceName[] = ['order-service', 'delivery-service'];

/** Migrates both databases with the release's own programs and returns their output. */
export async function migrateBoth(
  release: Release,
  environment: Environment,
  ...options: string[]
): Promise<string> {
  const outputs = SERVICES.map(async (service) => {
    const { exitCode, output } = await (await startMigrator(release, service, environment, options)).ended;
    if (exitCode !== 0) throw new Error(`${service} could not be migrated: ${output}`);
    return output;
  });
  return (await Promise.all(outputs)).join('');
}

/** A program that runs to its end. */
export interface RunningTask {
  kill(): void;
  /** The exit code is null when a signal ended it. */
  ended: Promise<{ exitCode: number | null; output: string }>;
}

export const startMigrator = (
  release: Release,
  service: ServiceName,
  environment: Environment,
  options: readonly string[] = [],
): Promise<RunningTask> => startTask(release, `${service}/migrate`, environment, options);

export async function startTask(
  release: Release,
  name: string,
  environment: Environment,
  options: readonly string[],
): Promise<RunningTask> {
  const program = await release.program(name);
  const child: ChildProcess = spawn(process.execPath, [program, ...options], {
    cwd: PROJECT,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = Promise.all([text(child.stdout!), text(child.stderr!)]);
  const ended = once(child, 'close').then(async ([code]) => ({
    exitCode: code as number | null,
    output: (await output).join(''),
  }));
  return { kill: () => void child.kill('SIGKILL'), ended };
}

/** One instance of each service of a release. */
export interface RunningRelease {
  /** The address of its Order Service. */
  url: string;
  /** The warnings and errors that both services have logged, one line each. */
  log(): string[];
  stop(signal?: NodeJS.Signals): Promise<void>;
}

/** Starts both services of a release. They call each other, not those of another release that may be running too. */
export async function startRelease(release: Release, variables: Environment): Promise<RunningRelease> {
  let log = '';
  const environment = { ...variables };
  const options = { program: release.program, onLog: (output: string) => void (log += output) };
  const services: ServiceProcess[] = await Promise.all(
    SERVICES.map((service) => serviceProcess(service, environment, options)),
  );
  const [orders, deliveries] = services as [ServiceProcess, ServiceProcess];
  environment['ORDER_SERVICE_URL'] = orders.url;
  environment['DELIVERY_SERVICE_URL'] = deliveries.url;
  await Promise.all(services.map((service) => service.start()));
  return {
    url: orders.url,
    log: () => log.split('\n').filter(Boolean),
    stop: async (signal = 'SIGTERM') => {
      await Promise.all(services.map((service) => service.kill(signal)));
    },
  };
}
