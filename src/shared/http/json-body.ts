import { type FieldError, MALFORMED_JSON, VALIDATION_FAILED } from '../contracts/problem';
import { type RequestHandler } from 'express';
import { inexactNumber } from '../contracts/exact-numbers';
import { AppError } from '../errors';
import { jsonFault, jsonSizeFault } from './json-limits';
import { bodyReader } from './request-body';

export const MAX_JSON_BYTES = 100 * 1024;

/**
 * Reads a JSON body of at most 100 kB (RFC 8259, UTF-8) into `request.body`, and refuses what is unfit to be handled. Without a body
 * that is undefined.
 */
export const jsonBody: RequestHandler[] = [
  bodyReader({ types: ['application/json'], maxBytes: MAX_JSON_BYTES }),
  (request, _response, next) => {
    if (Buffer.isBuffer(request.body)) request.body = parseJson(request.body, 'the request body');
    next();
  },
];

/**
 * JSON text as a value that is fit to be handled.
 *
 * @param name what the text is, for the error.
 * @throws AppError `invalid_input`: `malformed_json`, or `validation_failed` naming the member that is unfit.
 */
export function parseJson(bytes: Buffer, name: string): unknown {
  const tooLarge = jsonSizeFault(bytes);
  if (tooLarge) throw unfit(name, tooLarge);
  const text = bytes.toString();
  const value = jsonValue(text, name);
  const fault = jsonFault(value) ?? inexactNumber(text);
  if (fault) throw unfit(name, fault);
  return value;
}

const unfit = (name: string, fault: FieldError): AppError =>
  new AppError(VALIDATION_FAILED, `${name} is not valid`, { errors: [fault] });

function jsonValue(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new AppError(MALFORMED_JSON, `${name} is not valid JSON`, { cause });
  }
}
