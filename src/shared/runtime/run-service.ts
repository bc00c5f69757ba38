import { ConfigError, environmentWarnings } from '../config/read-env';
import { messageOf } from '../errors';
import { flushLog } from '../observability/logger';
import { startService, stopService, type Service } from './lifecycle';
import { isWorkerProcess, workerProcesses } from './worker-processes';

/**
 * Runs a service until SIGTERM or SIGINT, then stops it in order and exits: 0 after a clean stop, 1 after one that was not. A
 * second signal exits at once; of several processes, it is the first one that takes it, and the others end with it. The only place
 * that handles signals or ends the process.
 */
export function runService(compose: () => Service): void {
  const service = inProcesses(composeOrExit(compose));
  let stopping = false;

  const shutDown = (reason: string, code: number): void => {
    if (stopping) {
      // What signals the whole group of processes is heard here twice: once more from the primary process.
      if (isWorkerProcess()) return;
      end(1);
    }
    stopping = true;
    service.logger.info(`${service.name} is stopping`, { reason });
    void stopService(service).then((clean) => {
      service.logger.info(`${service.name} has stopped`, { clean });
      end(clean ? code : 1);
    });
  };

  process.on('SIGTERM', () => shutDown('SIGTERM', 0));
  process.on('SIGINT', () => {
    // A terminal tells the whole group of processes; workers are told by the primary process.
    if (!isWorkerProcess()) shutDown('SIGINT', 0);
  });
  process.on('uncaughtException', (error) => crash(service, error));
  for (const { failure } of service.components)
    void failure?.then(({ message }) => {
      service.logger.error(`${service.name} cannot go on: ${message}`);
      shutDown(message, 1);
    });
  startService(service).then(
    () => service.logger.info(`${service.name} is up`),
    (error: unknown) => {
      service.logger.error(`${service.name} cannot start: ${messageOf(error)}`);
      end(1);
    },
  );
}

/** Runs a one-off task, such as a migration; prints one line and exits 1 when it fails. Warnings about the environment go to stderr. */
export function runTask(task: () => Promise<string>, { takesArguments = false } = {}): void {
  Promise.resolve()
    .then(takesArguments ? undefined : refuseArguments)
    .then(task)
    .then(
      (summary) => {
        process.stderr.write(
          environmentWarnings()
            .map((warning) => `${warning}\n`)
            .join(''),
        );
        process.stdout.write(`${summary}\n`);
      },
      (error: unknown) => {
        process.stderr.write(`${faultsOf(error)}\n`);
        process.exit(1);
      },
    );
}

/** Somebody who adds --dry-run to a task that does not know it must not have it done. */
function refuseArguments(): void {
  const given = process.argv.slice(2);
  if (given.length > 0)
    throw new ConfigError([`unknown arguments ${given.join(' ')}: this command takes none, and did nothing`]);
}

function composeOrExit(compose: () => Service): Service {
  try {
    return compose();
  } catch (error) {
    process.stderr.write(`${faultsOf(error)}\n`);
    process.exit(1);
  }
}

/** The service itself, or, where it is to run in several processes and this is the first, what looks after these. */
function inProcesses(service: Service): Service {
  const { processes: count, logger } = service;
  if (count === 1 || isWorkerProcess()) return service;
  // Each of its parts has its time to stop.
  const stopTimeoutMs = service.stopTimeoutMs * (service.components.length + 1);
  const conditions = service.components.filter(({ isCondition }) => isCondition);
  return { ...service, components: [...conditions, workerProcesses({ count, logger })], stopTimeoutMs };
}

/** State after an unforeseen exception is unknown; everything that matters is in the database, so the safe step is to go. */
function crash(service: Service, error: Error): void {
  service.logger.error(`${service.name} crashed`, { error: error.message, stack: error.stack });
  end(1);
}

function end(code: number): never {
  flushLog();
  process.exit(code);
}

/** A variable that is missing is often there under a misspelt name. */
function faultsOf(error: unknown): string {
  const faults = error instanceof ConfigError ? error.faults : [messageOf(error)];
  return [...faults, ...environmentWarnings()].join('\n');
}
