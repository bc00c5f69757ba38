import { randomUUID } from 'node:crypto';
import cluster, { type Worker } from 'node:cluster';
import { AggregatorRegistry, collectDefaultMetrics, Registry } from 'prom-client';
import { messageOf } from '../errors';

let ofProcess: Registry | undefined;

/** Memory, CPU, event loop and collector of this process; measured from the first scrape on, once for all who ask. */
function processRegistry(): Registry {
  if (ofProcess) return ofProcess;
  ofProcess = new Registry();
  collectDefaultMetrics({ register: ofProcess });
  return ofProcess;
}

/**
 * Metrics of a service and of the process that it runs in, as text. Where several processes share a port a scrape meets any of them,
 * so it is answered for all: counters added up, other values as their `aggregator` says.
 */
export function metricsText(registry: Registry): () => Promise<string> {
  if (!cluster.worker) return async () => `${await registry.metrics()}\n${await processRegistry().metrics()}`;
  AggregatorRegistry.setRegistries([registry, processRegistry()]);
  // Answers the primary process from now on.
  new AggregatorRegistry();
  return askerOf(cluster.worker);
}

interface Question {
  type: 'metrics-question';
  id: string;
}

interface Answer {
  type: 'metrics-answer';
  id: string;
  text?: string;
  error?: string;
}

/** Asks the primary process, through the channel between it and this one. */
function askerOf(worker: Worker): () => Promise<string> {
  const waiting = new Map<string, Waiting>();
  worker.on('message', ({ type, id = '', text, error }: Partial<Answer>) => {
    if (type !== 'metrics-answer') return;
    if (text === undefined) waiting.get(id)?.reject(new Error(error));
    else waiting.get(id)?.resolve(text);
    waiting.delete(id);
  });
  return () =>
    new Promise((resolve, reject) => {
      const id = randomUUID();
      waiting.set(id, { resolve, reject });
      worker.send({ type: 'metrics-question', id } satisfies Question);
    });
}

interface Waiting {
  resolve: (text: string) => void;
  reject: (error: Error) => void;
}

/** In the primary process: collects from all worker processes whenever one of them asks. */
export function answerMetricsQuestions(): void {
  const registry = new AggregatorRegistry();
  cluster.on('message', (worker, message: Partial<Question>) => {
    if (message.type !== 'metrics-question') return;
    registry
      .clusterMetrics()
      .then(
        (text) => ({ text }),
        (error: unknown) => ({ error: messageOf(error) }),
      )
      .then((outcome) => {
        if (worker.isConnected()) worker.send({ type: 'metrics-answer', id: message.id, ...outcome });
      })
      // It ended meanwhile, and nobody waits for the answer any more.
      .catch(() => undefined);
  });
}
