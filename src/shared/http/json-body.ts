import { type FieldError, MALFORMED_JSON, VALIDATION_FAILED } from '../contracts/problem';
import { type RequestHandler } from 'express';
import { inexactNumber } from '../contracts/exact-numbers';
import { AppError } from '../errors';
import { jsonFault, jsonSizeFault } from './json-limits';
import { bodyReader } from './request-body';

export const MAX_JSON_BYTES = 100 * 1024;

/**
 * Reads a JSON body of at most 100 kB (RFC 8259, UTF-8) into `request.body` and refuses one that cannot be processed. Without a body,
 * `request.body` is undefined.
 */
export const jsonBody: RequestHandler[] = [
  bodyReader({ types: ['application/json'], maxBytes: MAX_JSON_BYTES }),
  (request, _response, next) => {
    if (Buffer.isBuffer(request.body)) request.body = parseJson(request.body, 'the request body');
    next();
  },
];

/**
 * Parses JSON text and refuses a value that cannot be processed.
 *
 * @param name the name of the text, for the error.
 * @throws AppError `invalid_input`: `malformed_json`, or `validation_failed` with the faulty member.
 */
export function parseJson(bytes: Buffer, name: string): unknown {
  const tooLarge = jsonSizeFault(bytes);
  if (tooLarge) throw invalid(name, tooLarge);
  const text = bytes.toString();
  const value = jsonValue(text, name);
  const fault = jsonFault(value) ?? inexactNumber(text);
  if (fault) throw invalid(name, fault);
  return value;
}

const invalid = (name: string, fault: FieldError): AppError =>
  new AppError(VALIDATION_FAILED, `${name} is not valid`, { errors: [fault] });

function jsonValue(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new AppError(MALFORMED_JSON, `${name} is not valid JSON`, { cause });
  }
}
