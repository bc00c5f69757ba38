import autocannon from 'autocannon';
import { percentilesOf, type Percentiles } from './measurement';
import { pause } from './timing';
import { type Meter, type ProcessUsage } from './process-usage';

export interface LoadRequest {
  method: 'GET' | 'POST' | 'PUT';
  path: string;
  headers: Readonly<Record<string, string>>;
  body?: string;
}

export interface LoadOptions {
  url: string;
  connections: number;
  /** Duration before the measurement. */
  warmUpSeconds: number;
  /** Duration of the measurement. */
  seconds: number;
  expectedStatus: number;
  meter: Meter;
  /** The next request. */
  next: () => LoadRequest;
}

export interface LoadResult {
  /** Number of expected answers. */
  count: number;
  perSecond: number;
  latency: Percentiles;
  /** Number of answers with another status and of requests without an answer. */
  errors: number;
  /** The kinds of errors with their counts. */
  kinds: Readonly<Record<string, number>>;
  processes: ProcessUsage[];
}

const TIMEOUT_SECONDS = 10;

/**
 * Runs a closed-loop load: each connection sends its next request after the answer to the previous one. The warm-up (compilers, pools,
 * caches) is not counted.
 */
export async function runLoad(options: LoadOptions): Promise<LoadResult> {
  const took: number[] = [];
  const kinds: Record<string, number> = {};
  let isCounted = false;
  const fail = (kind: string): void => {
    if (isCounted) kinds[kind] = (kinds[kind] ?? 0) + 1;
  };
  const ended = new Promise<void>((resolve, reject) => {
    const instance = autocannon(autocannonOptions(options), (error: unknown) =>
      error instanceof Error ? reject(error) : resolve(),
    );
    instance.on('response', (_client, status, _bytes, milliseconds) => {
      if (status !== options.expectedStatus) fail(String(status));
      else if (isCounted) took.push(milliseconds);
    });
    instance.on('reqError', (error: Error) => fail(error.message));
    setTimeout(() => instance.stop(), (options.warmUpSeconds + options.seconds) * 1_000);
  });
  await pause(options.warmUpSeconds);
  options.meter.start();
  isCounted = true;
  const start = performance.now();
  await pause(options.seconds);
  isCounted = false;
  const seconds = (performance.now() - start) / 1_000;
  const processes = options.meter.stop();
  await ended;
  return {
    count: took.length,
    perSecond: took.length / seconds,
    latency: percentilesOf(took),
    errors: Object.values(kinds).reduce((sum, count) => sum + count, 0),
    kinds,
    processes,
  };
}

function autocannonOptions({ url, connections, next }: LoadOptions): autocannon.Options {
  return {
    url,
    connections,
    // Closed by the load generator itself.
    duration: 86_400,
    sampleInt: 100,
    timeout: TIMEOUT_SECONDS,
    requests: [{ setupRequest: (request) => ({ ...request, ...next() }) as autocannon.Request }],
  };
}
