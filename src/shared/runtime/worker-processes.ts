import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import { messageOf } from '../errors';
import { type Logger } from '../observability/logger';
import { answerMetricsRequests } from '../observability/process-metrics';
import { type Component } from './lifecycle';

export interface WorkerProcessesOptions {
  count: number;
  logger: Logger;
}

/** The delay before a worker process is replaced, in milliseconds: a process that always dies at its start must not use up a core. */
const REPLACE_DELAY_MS = 1_000;

/** Whether this process is one of {@link workerProcesses}. */
export const isWorkerProcess = (): boolean => cluster.isWorker;

/**
 * Processes that run this program and share its port, for machines with several cores. Each is an instance of the service with its own
 * loops and pools. A process that ends is replaced; all of them end with this one.
 */
export function workerProcesses({ count, logger }: WorkerProcessesOptions): Component {
  let isStopping = false;

  /** Resolves once one process is up, because the service answers from then on. Those that ended before that are replaced too. */
  async function startAll(): Promise<void> {
    const workers = Array.from({ length: count }, () => forkLogged(logger));
    await Promise.any(workers.map(untilUp)).catch(({ errors }: AggregateError) => {
      throw errors[0];
    });
    workers.forEach((worker) => (isRunning(worker) ? replaceOnExit(worker) : replace(worker)));
  }

  function replaceOnExit(worker: Worker): void {
    worker.once('exit', () => replace(worker));
    // A process that never started emits no `exit`.
    if (!hasStarted(worker)) worker.once('error', replaceSoon);
  }

  function replace({ process: { pid, exitCode, signalCode } }: Worker): void {
    if (isStopping) return;
    logger.error('a worker process ended and is replaced', { pid, exit_code: exitCode, signal: signalCode });
    replaceSoon();
  }

  function replaceSoon(): void {
    setTimeout(() => {
      if (isStopping) return;
      try {
        replaceOnExit(forkLogged(logger));
      } catch (error) {
        logger.error('a worker process cannot be started', { error: messageOf(error) });
        replaceSoon();
      }
    }, REPLACE_DELAY_MS);
  }

  return {
    name: 'worker processes',
    async start() {
      // Each worker accepts its connections itself. Connections that the primary process had passed to a worker that died would stay open
      // and hang.
      cluster.schedulingPolicy = cluster.SCHED_NONE;
      answerMetricsRequests();
      await startAll();
    },
    async stop() {
      isStopping = true;
      const workers = Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined);
      const ends = await Promise.all(workers.map(stopWorker));
      const unclean = ends.filter((isClean) => !isClean).length;
      if (unclean > 0) throw new Error(`${String(unclean)} of them did not finish their work in progress`);
    },
  };
}

/** @throws when no process can be created; for some reasons the worker emits `error` instead. */
function forkLogged(logger: Logger): Worker {
  const worker = cluster.fork();
  worker.on('error', (error) => {
    const { pid } = worker.process;
    logger.error('a worker process cannot be started or reached', { pid, error: error.message });
  });
  return worker;
}

const hasStarted = (worker: Worker): boolean => worker.process.pid !== undefined;

const isRunning = (worker: Worker): boolean => hasStarted(worker) && !worker.isDead();

/** Waits until the worker listens on its port, which a service opens last. The log of the worker gives the reason when it does not. */
async function untilUp(worker: Worker): Promise<void> {
  const cleanup = new AbortController();
  const { signal } = cleanup;
  const ended = once(worker, 'exit', { signal }).then(() => {
    throw new Error('a worker process ended before it was up');
  });
  try {
    await Promise.race([once(worker, 'listening', { signal }), ended]);
  } finally {
    cleanup.abort();
  }
}

/**
 * Stops a worker and waits for its end. Returns whether that was clean; a worker that had not finished its start has no work in progress.
 */
async function stopWorker(worker: Worker): Promise<boolean> {
  if (!isRunning(worker)) return true;
  const exit = once(worker, 'exit') as Promise<[code: number | null, signal: string | null]>;
  worker.process.kill('SIGTERM');
  const [code, signal] = await exit;
  return code === 0 || signal === 'SIGTERM';
}
