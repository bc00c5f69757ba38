import { type ClientOptions } from './api-client';
import { partsOf, type StreamPart } from './event-stream';
import { type components } from './order-service';

export type OrderEvent = components['schemas']['OrderEvent'];
/** An event of a product, or of its stock. */
export type CatalogueEvent = components['schemas']['ProductEvent'] | components['schemas']['InventoryEvent'];
type OrderStatus = components['schemas']['OrderStatus'];

interface ResumeOptions extends ClientOptions {
  /** The cursor of the last event that was processed; without it, the stream begins now. */
  after?: string;
  /** Ends the stream. */
  signal?: AbortSignal;
  /** Called before each new attempt to connect. */
  onReconnect?: (delayMs: number, reason: unknown) => void;
}

export interface StreamOptions extends ResumeOptions {
  /** Only the events of this order; the stream then begins with its present state and ends behind its final status. */
  orderId?: string;
  /** Filters of the stream of all orders. */
  customerId?: string;
  status?: OrderStatus;
  types?: readonly OrderEvent['type'][];
}

export interface ProductStreamOptions extends ResumeOptions {
  /** Only the events of this product and of its stock. */
  productId?: string;
  types?: readonly CatalogueEvent['type'][];
}

/** An event with its cursor, which a later stream continues behind. */
export interface StreamedEvent<Received = OrderEvent> {
  cursor: string;
  event: Received;
}

/**
 * The server refuses to continue, and a repeated attempt would not change that: the token (401, 403), the order (404), missing events (410),
 * too many streams or requests (429), or an invalid request (400).
 */
export class StreamRefusedError extends Error {
  constructor(
    readonly status: number,
    /** The code of the problem, such as `events_pruned`. */
    readonly code: string,
    detail: string,
    /** With 410: the first cursor from which the events are complete. Read the orders themselves before you continue there. */
    readonly earliestCursor: string | null = null,
  ) {
    super(detail);
    this.name = 'StreamRefusedError';
  }
}

const LONGEST_DELAY_MS = 30_000;
const DEFAULT_RETRY_MS = 1_000;

/** How often in a row a refusal with this status is repeated: with a new token (401), or after its `Retry-After` (429). */
const REPEATS: Readonly<Record<number, number>> = { 401: 1, 429: 3 };

/** The notices of the server behind which a stream cannot continue. */
const GONE = ['events_pruned', 'history_changed'];

interface Progress {
  cursor: string | undefined;
  retryMs: number;
  /** Attempts in a row that delivered nothing. */
  failures: number;
  /** Refusals in a row with the same status. */
  refusals: { status: number; count: number };
}

const NOT_REFUSED = { status: 0, count: 0 };

interface Problem {
  code?: string;
  detail?: string;
  earliest_cursor?: string;
}

/**
 * The events of orders, in Node and in browsers, each once and those of an order in the order of their versions. The token is sent in a header;
 * `token` is called for every connection. After an interruption the stream continues behind the last event that was taken from it.
 *
 * @throws StreamRefusedError
 */
export function streamOrderEvents(options: StreamOptions): AsyncGenerator<StreamedEvent, void> {
  return streamEvents<OrderEvent>(orderEventsUrl(options), options);
}

/**
 * The events of products and of their stock, with the same guarantees as those of orders.
 *
 * @throws StreamRefusedError
 */
export function streamProductEvents(
  options: ProductStreamOptions,
): AsyncGenerator<StreamedEvent<CatalogueEvent>, void> {
  return streamEvents<CatalogueEvent>(productEventsUrl(options), options);
}

async function* streamEvents<Received>(
  url: string,
  options: ResumeOptions,
): AsyncGenerator<StreamedEvent<Received>, void> {
  const progress: Progress = {
    cursor: options.after,
    retryMs: DEFAULT_RETRY_MS,
    failures: 0,
    refusals: NOT_REFUSED,
  };
  while (!options.signal?.aborted) {
    let reason: unknown;
    try {
      const response = await connect(url, options, progress.cursor);
      if (response.status === 204 || !response.body) return;
      progress.refusals = NOT_REFUSED;
      const end = yield* eventsOf<Received>(response.body, progress);
      if (end?.code === 'order_ended') return;
      if (end?.code === 'token_expired') continue;
      reason = end;
    } catch (error) {
      if (options.signal?.aborted) return;
      if (isFinal(error, progress)) throw error;
      reason = error;
    }
    const delayMs = delayBefore(progress, reason);
    progress.failures += 1;
    options.onReconnect?.(delayMs, reason);
    await pause(delayMs, options.signal);
  }
}

/** Yields the events of one connection. Returns the last notice of the server; null when the connection ended without one. */
async function* eventsOf<Received>(
  body: ReadableStream<Uint8Array>,
  progress: Progress,
): AsyncGenerator<StreamedEvent<Received>, Problem | null> {
  for await (const part of partsOf(body)) {
    const notice = part.kind === 'message' && part.id === undefined ? noticeOf(part) : null;
    if (notice && GONE.includes(notice.code ?? '')) throw refused(410, notice);
    if (notice) return notice;
    progress.failures = 0;
    if (part.kind === 'retry') progress.retryMs = part.ms;
    if (part.kind === 'position') progress.cursor = part.cursor;
    if (part.kind !== 'message' || part.id === undefined) continue;
    progress.cursor = part.id;
    yield { cursor: part.id, event: JSON.parse(part.data) as Received };
  }
  return null;
}

const noticeOf = ({ data }: StreamPart & { kind: 'message' }): Problem => JSON.parse(data) as Problem;

/** @throws the refusal of the server, or the error of the connection. */
async function connect(url: string, options: ResumeOptions, cursor: string | undefined): Promise<Response> {
  const response = await fetch(url, {
    headers: {
      Accept: 'text/event-stream',
      Authorization: `Bearer ${await options.token()}`,
      ...(cursor !== undefined && { 'Last-Event-ID': cursor }),
    },
    ...(options.signal && { signal: options.signal }),
  });
  if (response.ok) return response;
  const problem = (await response.json().catch(() => ({}))) as Problem;
  const error = refused(response.status, problem);
  const seconds = Number(response.headers.get('Retry-After'));
  throw Object.assign(error, { retryAfterMs: seconds > 0 ? seconds * 1_000 : 0 });
}

function orderEventsUrl({ baseUrl, orderId, customerId, status, types }: StreamOptions): string {
  if (orderId !== undefined) return `${baseUrl}/orders/${encodeURIComponent(orderId)}/events`;
  const query = new URLSearchParams({
    ...(customerId !== undefined && { customer_id: customerId }),
    ...(status !== undefined && { status }),
    ...(types && { types: types.join(',') }),
  });
  return `${baseUrl}/orders/events?${query.toString()}`;
}

function productEventsUrl({ baseUrl, productId, types }: ProductStreamOptions): string {
  const query = new URLSearchParams({
    ...(productId !== undefined && { product_id: productId }),
    ...(types && { types: types.join(',') }),
  });
  return `${baseUrl}/products/events?${query.toString()}`;
}

const refused = (status: number, { code = 'unknown', detail, earliest_cursor: earliest }: Problem) =>
  new StreamRefusedError(status, code, detail ?? `the server answered ${status}`, earliest ?? null);

/** Counts the refusal. Errors of connections and of servers (5xx) are temporary. */
function isFinal(error: unknown, progress: Progress): boolean {
  const status = error instanceof StreamRefusedError ? error.status : 0;
  const { refusals } = progress;
  progress.refusals = { status, count: refusals.status === status ? refusals.count + 1 : 1 };
  return status >= 400 && status < 500 && progress.refusals.count > (REPEATS[status] ?? 0);
}

/** The time that the server asked for, or exponential back-off, in both cases with jitter, so that many readers do not come at once. */
function delayBefore({ retryMs, failures }: Progress, reason: unknown): number {
  const { retryAfterMs = 0 } = (reason ?? {}) as { retryAfterMs?: number };
  const backoffMs = Math.min(LONGEST_DELAY_MS, retryMs * 2 ** Math.min(failures, 10));
  return Math.max(retryAfterMs, backoffMs) * (1 + Math.random() / 2);
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal?.addEventListener('abort', end);
  });
}
