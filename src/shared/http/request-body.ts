import { isUtf8 } from 'node:buffer';
import { parse } from 'content-type';
import { raw, type Request, type RequestHandler } from 'express';
import { MALFORMED_JSON, PAYLOAD_TOO_LARGE, UNSUPPORTED_MEDIA_TYPE } from '../contracts/problem';
import { AppError } from '../errors';
import { expectsContinue } from './expectation';
import { firstLineNotUtf8 } from './text-lines';

const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

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

/** Names the line, if there are several. */
function notUtf8(bytes: Buffer): AppError {
  const line = firstLineNotUtf8(bytes);
  return new AppError(
    MALFORMED_JSON,
    `the request body is not UTF-8${line === null ? '' : ` in line ${line}`}`,
  );
}
