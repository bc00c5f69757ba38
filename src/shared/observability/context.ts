import { AsyncLocalStorage } from 'node:async_hooks';
import { randomFillSync } from 'node:crypto';

/** The request or message that is being handled. */
export interface Context {
  correlationId: string;
  traceparent: string;
  /** The fields of each log line of this request or message. */
  fields: Record<string, string>;
}

const storage = new AsyncLocalStorage<Context>();

const TRACEPARENT = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})$/;

/** A call for random bytes costs far more than the bytes, so each call reads many. */
const pool = Buffer.alloc(4_096);
let used = pool.length;

/** Runs `work`, and everything that it starts, in this context. */
export function runInContext<T>(ids: { correlationId: string; traceparent: string }, work: () => T): T {
  return storage.run({ ...ids, fields: { correlation_id: ids.correlationId } }, work);
}

/** Runs work for several requests or messages at once; its log lines carry the fields of none of them. */
export function runWithoutLogFields<T>(work: () => T): T {
  const context = storage.getStore();
  return context ? storage.run({ ...context, fields: {} }, work) : work();
}

export function currentContext(): Context | undefined {
  return storage.getStore();
}

/** Adds a field to every later log line of the current request or message. */
export function addLogField(name: string, value: string): void {
  const context = storage.getStore();
  if (context) context.fields[name] = value;
}

/**
 * The `traceparent` of a new step (W3C Trace Context, level 1): in the caller's trace when the caller sent a valid header, else in a new
 * trace.
 */
export function childTraceparent(parent?: string): string {
  const [, traceId = randomHex(16), flags = '01'] = TRACEPARENT.exec(parent ?? '') ?? [];
  return `00-${traceId}-${randomHex(8)}-${flags}`;
}

function randomHex(bytes: number): string {
  if (used + bytes > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += bytes;
  return pool.toString('hex', used - bytes, used);
}

/** The ids of the current context, to pass on to another service. */
export function contextHeaders(): Record<string, string> {
  const context = currentContext();
  return context ? { 'X-Correlation-Id': context.correlationId, traceparent: context.traceparent } : {};
}
