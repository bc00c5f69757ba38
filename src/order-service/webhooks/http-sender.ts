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
  /** How long the request may wait for others to end, in milliseconds; absent: not limited. */
  maxWaitMs?: number;
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
  | { kind: 'failed'; latencyMs: number; error: string }
  /** Too many other requests were in progress: nothing was sent, and nothing is known about the endpoint. */
  | { kind: 'unsent'; latencyMs: number };

export interface WebhookSenderOptions extends ConnectionOptions {
  /** For the connection, the request and the response together, without the wait for other requests. */
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
const LONGEST_TIMER_MS = 2 ** 31 - 1;
const CANCELLED = 'the request was cancelled';

class WaitedTooLong extends Error {}

export function createWebhookSender(options: WebhookSenderOptions): WebhookSender {
  const { policy, timeLimitMs = TIME_LIMIT_MS, maxInProgress: max = MAX_IN_PROGRESS } = options;
  const agents = createRenewedAgent(options);
  const limit = createConcurrencyLimit({
    max,
    maxWaiting: Number.MAX_SAFE_INTEGER,
    maxWaitMs: LONGEST_TIMER_MS,
    refusal: () => new WaitedTooLong(),
  });
  return {
    async send(request) {
      const asked = performance.now();
      const target = checkTargetUrl(request.url, policy);
      if ('fault' in target) return { kind: 'failed', latencyMs: 0, error: `the URL ${target.fault}` };
      const { signal, maxWaitMs = LONGEST_TIMER_MS } = request;
      try {
        return await limit({ key: '', signal, maxWaitMs }, () =>
          sendNow(agents.current(), target.url, request, timeLimitMs),
        );
      } catch (error) {
        const latencyMs = since(asked);
        if (error instanceof WaitedTooLong) return { kind: 'unsent', latencyMs };
        return { kind: 'failed', latencyMs, error: CANCELLED };
      }
    },
    close: () => agents.close(),
  };
}

/** Never rejects. */
async function sendNow(
  agent: Agent,
  url: URL,
  request: WebhookRequest,
  timeLimitMs: number,
): Promise<SendOutcome> {
  const started = performance.now();
  const time = createTimeLimit(timeLimitMs, request.signal);
  try {
    const response = await post(agent, url, request, time.signal);
    return await toOutcome(response, since(started));
  } catch (error) {
    const text = time.signal.aborted ? 'no response in time' : failureText(error);
    return { kind: 'failed', latencyMs: since(started), error: request.signal.aborted ? CANCELLED : text };
  } finally {
    time.clear();
  }
}

const since = (moment: number): number => Math.round(performance.now() - moment);

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
