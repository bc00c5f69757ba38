import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import { messageOf } from '../errors';
import { type Logger } from '../observability/logger';
import { answerMetricsQuestions } from '../observability/process-metrics';
import { type Component } from './lifecycle';

export interface WorkerProcessesOptions {
  count: number;
  logger: Logger;
}

/** A process that dies at once whenever it is started must not take a core for itself. */
const REPLACED_AFTER_MS = 1_000;

/** Whether this is one of the processes of {@link workerProcesses}. */
export const isWorkerProcess = (): boolean => cluster.isWorker;

/**
 * Processes that run the program of this one and share its port: for machines with more cores than one. Each is an instance of the
 * service with loops and pools of its own. One that ends is replaced; all of them end with this one.
 */
export function workerProcesses({ count, logger }: WorkerProcessesOptions): Component {
  let isStopping = false;

  async function startOne(): Promise<void> {
    const worker = forkLogged(logger);
    await untilUp(worker);
    replaceAtItsEnd(worker);
  }

  function replaceAtItsEnd(worker: Worker): void {
    worker.once('exit', (code: number | null, signal: string | null) => {
      if (isStopping) return;
      const { pid } = worker.process;
      logger.error('a worker process ended and is replaced', { pid, exit_code: code, signal });
      replaceSoon();
    });
    // What was never started does not end.
    if (!hasStarted(worker)) worker.once('error', replaceSoon);
  }

  function replaceSoon(): void {
    setTimeout(() => {
      if (isStopping) return;
      try {
        replaceAtItsEnd(forkLogged(logger));
      } catch (error) {
        logger.error('a worker process cannot be started', { error: messageOf(error) });
        replaceSoon();
      }
    }, REPLACED_AFTER_MS);
  }

  return {
    name: 'worker processes',
    async start() {
      // Each takes its connections itself. Those that this process had handed to one that died would be nobody's, and hang.
      cluster.schedulingPolicy = cluster.SCHED_NONE;
      answerMetricsQuestions();
      await Promise.all(Array.from({ length: count }, startOne));
    },
    async stop() {
      isStopping = true;
      const workers = Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined);
      const ends = await Promise.all(workers.map(endOf));
      const unclean = ends.filter((isClean) => !isClean).length;
      if (unclean > 0) throw new Error(`${String(unclean)} of them had to be left with work in hand`);
    },
  };
}

/** @throws when there is no process to be had; some reasons for that come as an `error` of the worker instead. */
function forkLogged(logger: Logger): Worker {
  const worker = cluster.fork();
  worker.on('error', (error) => {
    const { pid } = worker.process;
    logger.error('a worker process cannot be started or told', { pid, error: error.message });
  });
  return worker;
}

const hasStarted = (worker: Worker): boolean => worker.process.pid !== undefined;

/** The port is the last that a service opens. What keeps it from that is in the log of the process itself. */
async function untilUp(worker: Worker): Promise<void> {
  const giveUp = new AbortController();
  const { signal } = giveUp;
  const ended = once(worker, 'exit', { signal }).then(() => {
    throw new Error('a worker process ended before it was up');
  });
  try {
    await Promise.race([once(worker, 'listening', { signal }), ended]);
  } finally {
    giveUp.abort();
  }
}

/** Tells it to stop and waits for its end: whether that was clean. One that was not up yet has nothing in hand. */
async function endOf(worker: Worker): Promise<boolean> {
  if (worker.isDead() || !hasStarted(worker)) return true;
  const exit = once(worker, 'exit') as Promise<[code: number | null, signal: string | null]>;
  worker.process.kill('SIGTERM');
  const [code, signal] = await exit;
  return code === 0 || signal === 'SIGTERM';
}
