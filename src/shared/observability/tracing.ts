import { currentContext } from './context';
import { randomFillSync } from 'node:crypto';

const TRACEPARENT = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})$/;

/**
 * The `traceparent` of a new step (W3C Trace Context, level 1): in the caller's trace when it sent a valid header, else in a
 * trace of its own.
 */
export function childTraceparent(parent?: string): string {
  const [, traceId = randomHex(16), flags = '01'] = TRACEPARENT.exec(parent ?? '') ?? [];
  return `00-${traceId}-${randomHex(8)}-${flags}`;
}

/** Asking the system for randomness costs far more than its bytes do, so it is asked for many at a time. */
const pool = Buffer.alloc(4_096);
let used = pool.length;

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
