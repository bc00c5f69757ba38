import { currentContext } from './context';
import { randomBytes } from 'node:crypto';

const TRACEPARENT = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})$/;

/**
 * The `traceparent` of a new step (W3C Trace Context, level 1): in the caller's trace when it sent a valid header, else in a
 * trace of its own.
 */
export function childTraceparent(parent?: string): string {
  const [, traceId = randomBytes(16).toString('hex'), flags = '01'] = TRACEPARENT.exec(parent ?? '') ?? [];
  return `00-${traceId}-${randomBytes(8).toString('hex')}-${flags}`;
}

/** The ids of the current context, to pass on to another service. */
export function contextHeaders(): Record<string, string> {
  const context = currentContext();
  return context ? { 'X-Correlation-Id': context.correlationId, traceparent: context.traceparent } : {};
}
