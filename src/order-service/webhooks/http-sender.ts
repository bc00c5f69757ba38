import { type Agent, type Dispatcher } from 'undici';
import { createConcurrencyLimit } from '../../shared/resilience/concurrency-limit';
import { checkTargetUrl } from './domain/target-url';
import { type ConnectionOptions, createGuardedAgent } from './guarded-connections';
import { failureText } from './send-failure';

/** Sends webhooks to URLs that customers chose. */
export interface WebhookSender {
  /** Never rejects. Redirects are answers like any other. */
  send(request: WebhookRequest): Promise<SendOutcome>;
  /** Waits for the requests in progress. */
  close(): Promise<void>;
}

export interface WebhookRequest {
  url: string;
  headers: Record<string, string>;
  body: string;
  signal: AbortSignal;
}

export type SendOutcome =
  | {
      kind: 'answered';
      status: number;
      /** Until the response headers had arrived. */
      latencyMs: number;
      retryAfter: string | null;
      /** The first 1 kB of the body. */
      excerpt: string;
    }
  /** The text is for the owner of the endpoint: it contains no address. */
  | { kind: 'failed'; latencyMs: number; error: string };

export interface WebhookSenderOptions extends ConnectionOptions {
  /** For the connection, the request and the response together. */
  timeLimitMs?: number;
  /** Requests at a time; further ones wait. */
  maxInProgress?: number;
  /** How long connections are used again, before their hosts are resolved and checked anew. */
  reuseMs?: number;
}

const TIME_LIMIT_MS = 15_000;
const REUSE_MS = 60_000;
const MAX_IN_PROGRESS = 256;
const EXCERPT_BYTES = 1_024;
/** A longer body ends its connection. */
const MAX_BODY_BYTES = 16_384;
/** The status is the answer; the excerpt may take so long. */
const BODY_MS = 2_000;
const MAX_RETRY_AFTER_LENGTH = 64;

export function createWebhookSender(options: WebhookSenderOptions): WebhookSender {
  const { policy, timeLimitMs = TIME_LIMIT_MS, maxInProgress: max = MAX_IN_PROGRESS } = options;
  const agents = createRenewedAgent(options);
  const limit = createConcurrencyLimit({
    max,
    maxWaiting: Number.MAX_SAFE_INTEGER,
    // The signal of each request ends its wait earlier.
    maxWaitMs: 2 * timeLimitMs,
    refusal: () => new Error('too many requests are in progress'),
  });
  return {
    async send(request) {
      const started = performance.now();
      const latencyMs = (): number => Math.round(performance.now() - started);
      const failed = (error: string): SendOutcome => ({ kind: 'failed', latencyMs: latencyMs(), error });
      const target = checkTargetUrl(request.url, policy);
      if ('fault' in target) return failed(`the URL ${target.fault}`);
      const time = createTimeLimit(timeLimitMs, request.signal);
      try {
        return await limit({ key: '', signal: time.signal }, async () => {
          const response = await post(agents.current(), target.url, request, time.signal);
          return toOutcome(response, latencyMs());
        });
      } catch (error) {
        if (request.signal.aborted) return failed('the request was cancelled');
        return failed(time.signal.aborted ? 'no response in time' : failureText(error));
      } finally {
        time.clear();
      }
    },
    close: () => agents.close(),
  };
}

function post(
  agent: Agent,
  { origin, pathname, search }: URL,
  { headers, body }: WebhookRequest,
  signal: AbortSignal,
): Promise<Dispatcher.ResponseData> {
  const path = pathname + search;
  return agent.request({ origin, path, method: 'POST', headers, body, signal });
}

async function toOutcome(response: Dispatcher.ResponseData, latencyMs: number): Promise<SendOutcome> {
  const { statusCode: status, headers, body } = response;
  const [retryAfter = null] = [headers['retry-after'] ?? []].flat();
  return {
    kind: 'answered',
    status,
    latencyMs,
    retryAfter: retryAfter?.slice(0, MAX_RETRY_AFTER_LENGTH) ?? null,
    excerpt: await readExcerpt(body),
  };
}

/** Reads the body to its end, so that the connection can be used again, unless it is long or slow. */
async function readExcerpt(body: Dispatcher.ResponseData['body']): Promise<string> {
  const decoder = new TextDecoder();
  let excerpt = '';
  let length = 0;
  const timer = setTimeout(() => body.destroy(), BODY_MS);
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      excerpt += decoder.decode(chunk.subarray(0, Math.max(0, EXCERPT_BYTES - length)), { stream: true });
      length += chunk.length;
      if (length > MAX_BODY_BYTES) break;
    }
  } catch {
    // The status has arrived: the rest of the body decides nothing.
  } finally {
    clearTimeout(timer);
  }
  // PostgreSQL stores no NUL.
  return excerpt.replaceAll('\0', '\uFFFD');
}

/** A signal that is aborted after a time, or by another signal. */
function createTimeLimit(ms: number, outer: AbortSignal): { signal: AbortSignal; clear: () => void } {
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  const timer = setTimeout(abort, ms);
  if (outer.aborted) abort();
  outer.addEventListener('abort', abort);
  return {
    signal: controller.signal,
    clear() {
      clearTimeout(timer);
      outer.removeEventListener('abort', abort);
    },
  };
}

/** An agent that is replaced after a time: a busy connection would otherwise stay open for ever to an address that was checked once. */
function createRenewedAgent({ reuseMs = REUSE_MS, ...options }: WebhookSenderOptions) {
  let agent = createGuardedAgent(options);
  let renewAt = performance.now() + reuseMs;
  const closing = new Set<Promise<void>>();
  const end = (old: Agent): void => {
    const closed = old.close().finally(() => closing.delete(closed));
    closing.add(closed);
  };
  return {
    current(): Agent {
      if (performance.now() < renewAt) return agent;
      end(agent);
      agent = createGuardedAgent(options);
      renewAt = performance.now() + reuseMs;
      return agent;
    },
    async close(): Promise<void> {
      end(agent);
      await Promise.all(closing);
    },
  };
}
