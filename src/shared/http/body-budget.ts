import { type Request, type RequestHandler } from 'express';
import { callerOf } from '../auth/require-scope';
import { AppError } from '../errors';

export interface BodyBudgetOptions {
  /** The largest body that the operation takes. */
  maxBytes: number;
  /** What the bodies of all requests in hand may take in memory together, in bytes; of one client, and of all. */
  perClientBytes: number;
  totalBytes: number;
}

/** What a request takes beside its body. */
const MIN_BYTES = 64 * 1024;

/** In bytes a millisecond: 5 MB take a second. Orders in a body of that size take longer to be placed. */
const PACE = (5 * 1024 * 1024) / 1_000;

/**
 * Bounds the memory that large bodies take: each request reserves the size of its body before it is read, until it is answered. A
 * body without a declared size, or a compressed one, reserves the largest size. A reservation lasts at least a second for each 5 MB of
 * the body, so that bodies which are refused as soon as they are read cannot follow each other without a pause.
 *
 * @throws AppError `quota_exceeded` when the client has too much in hand, `unavailable` when all clients together have; both can be
 * repeated after a second.
 */
export function bodyBudget({ maxBytes, perClientBytes, totalBytes }: BodyBudgetOptions): RequestHandler {
  const ofClients = new Map<string, number>();
  let total = 0;

  function reserve(clientId: string, bytes: number): void {
    total += bytes;
    const ofClient = (ofClients.get(clientId) ?? 0) + bytes;
    if (ofClient > 0) ofClients.set(clientId, ofClient);
    else ofClients.delete(clientId);
  }

  return (request, response, next) => {
    const { clientId } = callerOf(request);
    const bytes = reservedBytes(request, maxBytes);
    if ((ofClients.get(clientId) ?? 0) + bytes > perClientBytes) return next(tooManyOfClient());
    if (total + bytes > totalBytes)
      return next(new AppError('unavailable', 'too many large requests are in hand; try again in a moment'));
    reserve(clientId, bytes);
    const startedAt = performance.now();
    response.once('close', () => {
      const earliestEnd = startedAt + bodyBytes(request, bytes) / PACE;
      setTimeout(() => reserve(clientId, -bytes), Math.max(0, earliestEnd - performance.now())).unref();
    });
    next();
  };
}

function reservedBytes({ headers }: Request, maxBytes: number): number {
  const declared = Number(headers['content-length']);
  const isPlain = headers['content-encoding'] === undefined && Number.isFinite(declared);
  return isPlain ? Math.min(Math.max(declared, MIN_BYTES), maxBytes) : maxBytes;
}

/** The size of the body that was read; of one that was refused or broken off meanwhile, its reserved size. */
function bodyBytes({ body }: { body?: unknown }, reserved: number): number {
  return Buffer.isBuffer(body) ? body.length : reserved;
}

function tooManyOfClient(): AppError {
  return new AppError('quota_exceeded', 'too many large requests of this client are in hand', {
    retryAfterSeconds: 1,
  });
}
