import { AsyncLocalStorage } from 'node:async_hooks';

/** The request or message that is being handled. */
export interface Context {
  correlationId: string;
  traceparent: string;
  /** What each log line of this request or message carries. */
  fields: Record<string, string>;
}

const storage = new AsyncLocalStorage<Context>();

/** Runs `work`, and all that it starts, in this context. */
export function runInContext<T>(ids: { correlationId: string; traceparent: string }, work: () => T): T {
  return storage.run({ ...ids, fields: { correlation_id: ids.correlationId } }, work);
}

/** Runs work that is done for several requests or messages at once: its log lines carry the fields of none of them. */
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
