import { UNAVAILABLE } from '../contracts/problem';
import { randomUUID } from 'node:crypto';
import cluster, { type Worker } from 'node:cluster';
import { AggregatorRegistry, collectDefaultMetrics, Registry } from 'prom-client';
import { AppError, messageOf } from '../errors';

/** How long a scrape waits for the other processes, in milliseconds, so that a process that hangs does not make it hang too. */
const MAX_WAIT_MS = 1_500;

let processMetrics: Registry | undefined;

/**
 * Creates a function that returns the metrics of a service and of its process as text. When several processes share a port, a scrape
 * reaches any one of them and is answered for all: counters are added up, other values combined by their `aggregator`. Throws AppError
 * `unavailable` while one of the processes does not answer.
 */
export function metricsText(registry: Registry): () => Promise<string> {
  if (!cluster.worker) return async () => `${await registry.metrics()}\n${await processRegistry().metrics()}`;
  AggregatorRegistry.setRegistries([registry, processRegistry()]);
  // From now on this process answers the primary process.
  new AggregatorRegistry();
  return createMetricsRequest(cluster.worker);
}

/** Memory, CPU, event loop and garbage collector of this process; measured from the first scrape on, once for all callers. */
function processRegistry(): Registry {
  if (processMetrics) return processMetrics;
  processMetrics = new Registry();
  collectDefaultMetrics({ register: processMetrics });
  return processMetrics;
}

interface MetricsRequest {
  type: 'metrics-request';
  id: string;
}

interface MetricsResponse {
  type: 'metrics-response';
  id: string;
  text?: string;
  error?: string;
}

/** Requests the metrics from the primary process, through the channel between the two processes. */
function createMetricsRequest(worker: Worker): () => Promise<string> {
  const waiting = new Map<string, (answer: Partial<MetricsResponse>) => void>();
  worker.on('message', (message: Partial<MetricsResponse>) => {
    if (message.type === 'metrics-response') waiting.get(message.id ?? '')?.(message);
  });
  return async () => {
    const id = randomUUID();
    let timer: NodeJS.Timeout | undefined;
    const { text, error } = await new Promise<Partial<MetricsResponse>>((resolve) => {
      waiting.set(id, resolve);
      timer = setTimeout(() => resolve({ error: 'one of the processes does not respond' }), MAX_WAIT_MS);
      worker.send({ type: 'metrics-request', id } satisfies MetricsRequest, (failure: Error | null) => {
        if (failure) resolve({ error: failure.message });
      });
    });
    clearTimeout(timer);
    waiting.delete(id);
    if (text !== undefined) return text;
    // Without one of the processes a counter would seem to have been reset.
    throw new AppError(UNAVAILABLE, 'the metrics of all processes are not available; try again', {
      cause: new Error(error),
    });
  };
}

/** In the primary process: collects the metrics of all worker processes whenever one of them requests them. */
export function answerMetricsRequests(): void {
  const registry = new AggregatorRegistry();
  cluster.on('message', (worker, message: Partial<MetricsRequest>) => {
    if (message.type !== 'metrics-request') return;
    void registry
      .clusterMetrics()
      .then(
        (text) => ({ text }),
        (error: unknown) => ({ error: messageOf(error) }),
      )
      .then((outcome) => {
        // The worker may have ended meanwhile; then the answer is not needed.
        worker.send({ type: 'metrics-response', id: message.id, ...outcome }, () => undefined);
      });
  });
}
