import { ConfigError } from '../config/read-env';
import { messageOf } from '../errors';
import { flushLog } from '../observability/logger';
import { startService, stopService, type Service } from './lifecycle';

/**
 * Runs a service until SIGTERM or SIGINT, then stops it in order and exits: 0 after a clean stop, 1 after one that was not. A
 * second signal exits at once. The only place that handles signals or ends the process.
 */
export function runService(compose: () => Service): void {
  const service = composeOrExit(compose);
  let stopping = false;

  const shutDown = (reason: string, code: number): void => {
    if (stopping) end(1);
    stopping = true;
    service.logger.info(`${service.name} is stopping`, { reason });
    void stopService(service).then((clean) => {
      service.logger.info(`${service.name} has stopped`, { clean });
      end(clean ? code : 1);
    });
  };

  process.on('SIGTERM', () => shutDown('SIGTERM', 0));
  process.on('SIGINT', () => shutDown('SIGINT', 0));
  process.on('uncaughtException', (error) => crash(service, error));
  startService(service).then(
    () => service.logger.info(`${service.name} is up`),
    (error: unknown) => {
      service.logger.error(`${service.name} cannot start: ${messageOf(error)}`);
      end(1);
    },
  );
}

/** Runs a one-off task, such as a migration; prints one line and exits 1 when it fails. */
export function runTask(task: () => Promise<string>): void {
  Promise.resolve()
    .then(task)
    .then(
      (summary) => process.stdout.write(`${summary}\n`),
      (error: unknown) => {
        process.stderr.write(`${faultsOf(error)}\n`);
        process.exit(1);
      },
    );
}

function composeOrExit(compose: () => Service): Service {
  try {
    return compose();
  } catch (error) {
    process.stderr.write(`${faultsOf(error)}\n`);
    process.exit(1);
  }
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

function faultsOf(error: unknown): string {
  return error instanceof ConfigError ? error.faults.join('\n') : messageOf(error);
}
