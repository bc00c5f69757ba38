import { ConfigError, environmentWarnings } from '../config/read-env';
import { messageOf } from '../errors';
import { flushLog } from '../observability/logger';
import { limitHeapGrowth } from './heap-growth';
import { startService, stopService, type Service } from './lifecycle';
import { isWorkerProcess, workerProcesses } from './worker-processes';

/**
 * Runs a service until SIGTERM or SIGINT, then stops it in order and exits: with 0 after a clean stop, else with 1. A second signal exits
 * at once; with several processes the primary process handles it, and the others end with it. Only this module handles signals or ends
 * the process.
 */
export function runService(compose: () => Service): void {
  const service = withWorkerProcesses(composeOrExit(compose));
  const stopping = new AbortController();

  const shutDown = (reason: string, code: number): void => {
    if (stopping.signal.aborted) {
      // A signal to the whole process group arrives here twice: once more from the primary process.
      if (isWorkerProcess()) return;
      end(1);
    }
    stopping.abort();
    service.logger.info(`${service.name} is stopping`, { reason });
    void stopService(service).then((clean) => {
      service.logger.info(`${service.name} has stopped`, { clean });
      end(clean ? code : 1);
    });
  };

  process.on('SIGTERM', () => shutDown('SIGTERM', 0));
  process.on('SIGINT', () => {
    // A terminal signals the whole process group; workers wait for the signal of the primary process.
    if (!isWorkerProcess()) shutDown('SIGINT', 0);
  });
  process.on('uncaughtException', (error) => crash(service, error));
  for (const { failure } of service.components)
    void failure?.then(({ message }) => {
      service.logger.error(`${service.name} cannot continue: ${message}`);
      shutDown(message, 1);
    });
  startService(service, stopping.signal).then(
    () => {
      if (stopping.signal.aborted) return;
      service.logger.info(`${service.name} is up`);
      limitHeapGrowth();
    },
    (error: unknown) => {
      service.logger.error(`${service.name} cannot start: ${messageOf(error)}`);
      end(1);
    },
  );
}

/**
 * Runs a one-off task, such as a migration; prints one line, and exits with 1 when it fails. Warnings about the environment go to stderr.
 *
 * @param task may call `report` with lines about its progress, which go to stderr too.
 */
export function runTask(
  task: (report: (line: string) => void) => Promise<string>,
  { takesArguments = false } = {},
): void {
  Promise.resolve()
    .then(takesArguments ? undefined : refuseArguments)
    .then(() => task((line) => process.stderr.write(`${line}\n`)))
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

/** Refuses arguments: a task that does not support --dry-run must not run when a user adds it. */
function refuseArguments(): void {
  const given = process.argv.slice(2);
  if (given.length > 0)
    throw new ConfigError([
      `unknown arguments ${given.join(' ')}: this command accepts none and did nothing`,
    ]);
}

function composeOrExit(compose: () => Service): Service {
  try {
    return compose();
  } catch (error) {
    process.stderr.write(`${faultsOf(error)}\n`);
    process.exit(1);
  }
}

/** Returns the service itself or, in the primary process of several, a service that supervises the worker processes. */
function withWorkerProcesses(service: Service): Service {
  const { processes: count, logger } = service;
  if (count === 1 || isWorkerProcess()) return service;
  // Each component of the service may take its own time to stop.
  const stopTimeoutMs = service.stopTimeoutMs * (service.components.length + 1);
  const conditions = service.components.filter(({ isCondition }) => isCondition);
  return { ...service, components: [...conditions, workerProcesses({ count, logger })], stopTimeoutMs };
}

/** After an unexpected exception the state is unknown; all that matters is in the database, so it is safe to exit. */
function crash(service: Service, error: Error): void {
  service.logger.error(`${service.name} crashed`, { error: error.message, stack: error.stack });
  end(1);
}

function end(code: number): never {
  flushLog();
  process.exit(code);
}

/** Adds the warnings about the environment, because a missing variable is often a misspelt one. */
function faultsOf(error: unknown): string {
  const faults = error instanceof ConfigError ? error.faults : [messageOf(error)];
  return [...faults, ...environmentWarnings()].join('\n');
}
