import autocannon from 'autocannon';
import { percentilesOf, type Percentiles } from './measurement';
import { pause } from './timing';
import { type Meter, type ProcessUsage } from './process-usage';

export interface LoadRequest {
  method: 'GET' | 'POST';
  path: string;
  headers: Readonly<Record<string, string>>;
  body?: string;
}

export interface LoadOptions {
  url: string;
  connections: number;
  /** For how long it runs before it is measured. */
  warmUpSeconds: number;
  /** For how long it is measured. */
  seconds: number;
  expectedStatus: number;
  meter: Meter;
  /** The next request. */
  next: () => LoadRequest;
}

export interface LoadResult {
  /** Good answers. */
  count: number;
  perSecond: number;
  latency: Percentiles;
  /** Answers with another status, and requests without an answer. */
  errors: number;
  /** What they were, with how many of each. */
  kinds: Readonly<Record<string, number>>;
  processes: ProcessUsage[];
}

const TIMEOUT_SECONDS = 10;

/**
 * As many connections as said, each of which sends its next request when its last one is answered. What happens during the warm-up
 * (compilers, pools, caches) is not counted.
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
    // Ended by ourselves.
    duration: 86_400,
    sampleInt: 100,
    timeout: TIMEOUT_SECONDS,
    requests: [{ setupRequest: (request) => ({ ...request, ...next() }) as autocannon.Request }],
  };
}
