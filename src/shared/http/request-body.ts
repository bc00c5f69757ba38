import { isUtf8 } from 'node:buffer';
import { parse } from 'content-type';
import { raw, type Request, type RequestHandler } from 'express';
import { callerOf } from '../auth/authenticate';
import {
  MALFORMED_JSON,
  PAYLOAD_TOO_LARGE,
  QUOTA_EXCEEDED,
  UNAVAILABLE,
  UNSUPPORTED_MEDIA_TYPE,
} from '../contracts/problem';
import { AppError } from '../errors';
import { expectsContinue } from './expectation';

const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

/** The minimum memory that a request takes, in bytes. */
const MIN_BYTES = 64 * 1024;

/** In bytes per millisecond: 5 MB take a second. Placing the orders in a body of that size takes longer. */
const BYTES_PER_MS = (5 * 1024 * 1024) / 1_000;

export interface BodyRules {
  /** The accepted media types, in lower case. */
  types: readonly string[];
  /** The maximum body size, in bytes after decompression. */
  maxBytes: number;
}

/**
 * Reads a text body into `request.body` as a Buffer of valid UTF-8. A byte order mark at the start is removed, as RFC 8259 §8.1 allows;
 * an empty body counts as absent. Faults in the headers are refused before the body is requested (`Expect: 100-continue`).
 *
 * @throws AppError `unsupported_media_type` for another media type, charset or Content-Encoding; `payload_too_large`, which names the
 * limit; `invalid_input` (`malformed_json`) for bytes that are not UTF-8.
 */
export function bodyReader({ types, maxBytes }: BodyRules): RequestHandler {
  const read = raw({ type: () => true, limit: maxBytes });
  return (request, response, next) => {
    if (!hasBody(request)) return next();
    const fault = headerFault(request, types, maxBytes);
    if (fault) return next(fault);
    if (expectsContinue(request)) response.writeContinue();
    read(request, response, (error?: unknown) => next(error ? readFault(error, maxBytes) : accept(request)));
  };
}

/** Whether the headers of a request declare a body (RFC 9112 §6.3). */
function hasBody({ headers }: Request): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

function headerFault({ headers }: Request, types: readonly string[], maxBytes: number): AppError | null {
  const { type, parameters } = parse(headers['content-type'] ?? '');
  if (!types.includes(type))
    return new AppError(UNSUPPORTED_MEDIA_TYPE, `send the body as Content-Type: ${types.join(' or ')}`);
  if (!/^utf-?8$/i.test(parameters['charset'] ?? 'utf-8'))
    return new AppError(UNSUPPORTED_MEDIA_TYPE, 'the charset of the body must be UTF-8');
  return Number(headers['content-length'] ?? 0) > maxBytes ? tooLarge(maxBytes) : null;
}

const tooLarge = (maxBytes: number): AppError =>
  new AppError(PAYLOAD_TOO_LARGE, `the request body is larger than ${sizeText(maxBytes)}`);

const sizeText = (bytes: number): string =>
  bytes >= 1024 * 1024 ? `${bytes / (1024 * 1024)} MB` : `${bytes / 1024} kB`;

/** Errors of the reader have a status, and a text that is not meant for callers. */
function readFault(error: unknown, maxBytes: number): unknown {
  const { status } = error as { status?: number };
  if (status === 413) return tooLarge(maxBytes);
  if (status !== 415) return error;
  return new AppError(UNSUPPORTED_MEDIA_TYPE, 'the Content-Encoding must be gzip, deflate, br or identity');
}

function accept(request: Request): AppError | undefined {
  const bytes = request.body as Buffer | undefined;
  // The caller has closed the connection: there is nobody to answer.
  if (!bytes) return new AppError(MALFORMED_JSON, 'the request body did not arrive');
  if (!isUtf8(bytes)) return notUtf8(bytes);
  const hasByteOrderMark = bytes.subarray(0, 3).equals(BYTE_ORDER_MARK);
  request.body = bytes.length === 0 ? undefined : hasByteOrderMark ? bytes.subarray(3) : bytes;
  return undefined;
}

const [LF, CR] = [0x0a, 0x0d];

/** Names the line, if there are several. In a text without LF, lines end in CR. */
function notUtf8(bytes: Buffer): AppError {
  const lineEnd = [LF, CR].find((end) => bytes.includes(end));
  const place = lineEnd === undefined ? '' : ` in line ${firstLineNotUtf8(bytes, lineEnd)}`;
  return new AppError(MALFORMED_JSON, `the request body is not UTF-8${place}`);
}

const BLOCK = 64 * 1024;

/** The number of the first line that is not UTF-8. No character of several bytes contains a line end. */
function firstLineNotUtf8(bytes: Buffer, lineEnd: number): number {
  const start = validLines(bytes, lineEnd, validLines(bytes, lineEnd, 0, BLOCK), 1);
  let line = 1;
  for (let at = 0; at < start; at += 1) if (bytes[at] === lineEnd) line += 1;
  return line;
}

/** Where the first lines begin that are not UTF-8. Lines are checked together, at least `size` bytes at a time. */
function validLines(bytes: Buffer, lineEnd: number, from: number, size: number): number {
  for (let at = from; ;) {
    const end = bytes.indexOf(lineEnd, at + size - 1);
    if (end < 0 || !isUtf8(bytes.subarray(at, end))) return at;
    at = end + 1;
  }
}

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
