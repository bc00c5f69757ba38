import express, { type RequestHandler } from 'express';
import { inexactNumber } from '../contracts/exact-numbers';
import { type FieldError } from '../contracts/problem';
import { AppError } from '../errors';
import { jsonFault } from './json-safety';

/** The bodies as text, from the time they are read until they are checked. */
const texts = new WeakMap<object, string>();

/** Reads a JSON body of at most 100 kB (RFC 8259, UTF-8), and refuses what is unfit to be handled. */
export const jsonBody: RequestHandler[] = [
  express.json({ limit: '100kb', strict: false, verify: keepText }),
  (request, _response, next) => {
    const fault = jsonFault(request.body) ?? inexactNumber(texts.get(request) ?? '');
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

/** Bytes that are not UTF-8 would silently become replacement characters. */
function keepText(request: object, _response: unknown, body: Buffer, encoding: string): void {
  if (encoding !== 'utf-8')
    throw new AppError('unsupported_media_type', 'the charset of the body must be UTF-8');
  try {
    texts.set(request, utf8.decode(body));
  } catch {
    throw new AppError('invalid_input', 'the request body is not UTF-8', { code: 'malformed_json' });
  }
}
