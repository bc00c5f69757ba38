import express, { type RequestHandler } from 'express';
import { type FieldError } from '../contracts/problem';
import { AppError } from '../errors';
import { jsonFault } from './json-safety';

/** Reads a JSON body of at most 100 kB (RFC 8259, UTF-8), and refuses what is unfit to be handled. */
export const jsonBody: RequestHandler[] = [
  express.json({ limit: '100kb', strict: false, verify: refuseInvalidUtf8 }),
  (request, _response, next) => {
    const fault = jsonFault(request.body);
    next(fault ? unfitJson(fault) : undefined);
  },
];

export function unfitJson(fault: FieldError): AppError {
  return new AppError('invalid_input', 'the request body is not valid', {
    code: 'validation_failed',
    errors: [fault],
  });
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Bytes that are no UTF-8 would silently become replacement characters. */
function refuseInvalidUtf8(_request: unknown, _response: unknown, body: Buffer): void {
  try {
    utf8.decode(body);
  } catch {
    throw new AppError('invalid_input', 'the request body is not UTF-8', { code: 'malformed_json' });
  }
}
