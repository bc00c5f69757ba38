import { type Request, type RequestHandler } from 'express';
import { callerOf } from '../auth/authenticate';
import { QUOTA_EXCEEDED, UNAVAILABLE } from '../contracts/problem';
import { AppError } from '../errors';

/** The minimum memory that a request takes, in bytes. */
const MIN_BYTES = 64 * 1024;

/** In bytes per millisecond: 5 MB take a second. Placing the orders in a body of that size takes longer. */
const BYTES_PER_MS = (5 * 1024 * 1024) / 1_000;

export interface BodyBudgetOptions {
  /** The maximum body size of the operation, in bytes. */
  maxBytes: number;
  /** The maximum memory of the bodies of all unanswered requests together, in bytes; per client and in total. */
  perClientBytes: number;
  totalBytes: number;
}

/** Reserved memory. */
interface Share {
  bytes: number;
  /** The end of the last reservation whose end is known, as `performance.now()` counts. */
  until: number;
}

/**
 * Limits the memory of large bodies: each request reserves the size of its body before the body is read, until the response has been sent. A
 * body without a declared size, or a compressed one, reserves the maximum size. After the response, the bytes that were read stay reserved until
 * a second for each 5 MB has passed since the request began: otherwise bodies that are refused at once could follow each other without a pause.
 *
 * @throws AppError `quota_exceeded` when the requests of the client reserve too much, `unavailable` when those of all clients do. `Retry-After`
 * is the time until the reservations whose end is known have ended, at least a second.
 */
export function bodyBudget({ maxBytes, perClientBytes, totalBytes }: BodyBudgetOptions): RequestHandler {
  const ofClients = new Map<string, Share>();
  const total: Share = { bytes: 0, until: 0 };

  function reserve(clientId: string, bytes: number, until = 0): void {
    const ofClient = ofClients.get(clientId) ?? { bytes: 0, until: 0 };
    for (const share of [total, ofClient]) {
      share.bytes += bytes;
      share.until = Math.max(share.until, until);
    }
    if (ofClient.bytes > 0) ofClients.set(clientId, ofClient);
    else ofClients.delete(clientId);
  }

  return (request, response, next) => {
    const { clientId } = callerOf(request);
    const bytes = reservedBytes(request, maxBytes);
    const ofClient = ofClients.get(clientId);
    if (ofClient && ofClient.bytes + bytes > perClientBytes) return next(tooManyOfClient(ofClient));
    if (total.bytes + bytes > totalBytes) return next(tooManyOfAll(total));
    // The caller left while the token was checked: the response is closed, and would never release the memory.
    if (response.destroyed) return next();
    reserve(clientId, bytes);
    const startedAt = performance.now();
    response.once('close', () => {
      const now = performance.now();
      const read = bytesRead(request, bytes, now - startedAt);
      const end = Math.max(now, startedAt + read / BYTES_PER_MS);
      reserve(clientId, read - bytes, end);
      setTimeout(() => reserve(clientId, -read), end - now).unref();
    });
    next();
  };
}

function reservedBytes({ headers }: Request, maxBytes: number): number {
  const declared = Number(headers['content-length']);
  const isPlain = !isEncoded(headers) && Number.isFinite(declared);
  return isPlain ? Math.min(Math.max(declared, MIN_BYTES), maxBytes) : maxBytes;
}

const isEncoded = (headers: Request['headers']): boolean => headers['content-encoding'] !== undefined;

/** How much faster than {@link BYTES_PER_MS} a body can be decompressed. */
const DECODING_SPEED = 40;

/**
 * The bytes of the body that were read. When the body was refused or ended early, its reserved size. A compressed body can have been refused at
 * its first byte: then as many bytes as can have been decompressed while the request took place.
 */
function bytesRead({ body, headers }: Request, reserved: number, tookMs: number): number {
  if (Buffer.isBuffer(body)) return Math.min(body.length, reserved);
  if (!isEncoded(headers)) return reserved;
  return Math.min(reserved, Math.ceil(tookMs * DECODING_SPEED * BYTES_PER_MS));
}

function tooManyOfClient(share: Share): AppError {
  const detail = 'too many large requests of this client are in progress';
  return new AppError(QUOTA_EXCEEDED, detail, { retryAfterSeconds: secondsUntil(share) });
}

function tooManyOfAll(share: Share): AppError {
  const detail = 'too many large requests are in progress; try again in a moment';
  return new AppError(UNAVAILABLE, detail, { retryAfterSeconds: secondsUntil(share) });
}

const secondsUntil = ({ until }: Share): number =>
  Math.max(1, Math.ceil((until - performance.now()) / 1_000));
