import { UNAVAILABLE } from '../contracts/problem';
import { randomUUID } from 'node:crypto';
import cluster, { type Worker } from 'node:cluster';
import { AggregatorRegistry, collectDefaultMetrics, Registry } from 'prom-client';
import { AppError, messageOf } from '../errors';

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
 * so it is answered for all: counters added up, other values as their `aggregator` says; AppError `unavailable` while one of them
 * does not answer.
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

/** How long a scrape waits for the other processes, in milliseconds: one that hangs must not make it hang, too. */
const PATIENCE_MS = 1_500;

/** Asks the primary process, through the channel between it and this one. */
function askerOf(worker: Worker): () => Promise<string> {
  const waiting = new Map<string, (answer: Partial<Answer>) => void>();
  worker.on('message', (message: Partial<Answer>) => {
    if (message.type === 'metrics-answer') waiting.get(message.id ?? '')?.(message);
  });
  return async () => {
    const id = randomUUID();
    let impatience: NodeJS.Timeout | undefined;
    const { text, error } = await new Promise<Partial<Answer>>((resolve) => {
      waiting.set(id, resolve);
      impatience = setTimeout(() => resolve({ error: 'one of them does not answer' }), PATIENCE_MS);
      worker.send({ type: 'metrics-question', id } satisfies Question, (failure: Error | null) => {
        if (failure) resolve({ error: failure.message });
      });
    });
    clearTimeout(impatience);
    waiting.delete(id);
    if (text !== undefined) return text;
    // Without one of them a counter would seem to have been reset.
    throw new AppError(UNAVAILABLE, 'the metrics of all processes cannot be had at the moment', {
      cause: new Error(error),
    });
  };
}

/** In the primary process: collects from all worker processes whenever one of them asks. */
export function answerMetricsQuestions(): void {
  const registry = new AggregatorRegistry();
  cluster.on('message', (worker, message: Partial<Question>) => {
    if (message.type !== 'metrics-question') return;
    void registry
      .clusterMetrics()
      .then(
        (text) => ({ text }),
        (error: unknown) => ({ error: messageOf(error) }),
      )
      .then((outcome) => {
        // It may have ended meanwhile, and then nobody waits for the answer any more.
        worker.send({ type: 'metrics-answer', id: message.id, ...outcome }, () => undefined);
      });
  });
}
