import { createHash } from 'node:crypto';
import { type Request } from 'express';
import { z } from 'zod';
import { AppError } from '../errors';
import { type IdempotentRequest, INVALID_IDEMPOTENCY_KEY } from './idempotency-records';

/** 1–255 visible ASCII characters. */
export const IDEMPOTENCY_KEY_PATTERN = /^[\x21-\x7e]{1,255}$/;

/** Raw, or a quoted string that contains such a key. */
export const IDEMPOTENCY_HEADER_PATTERN = [
  String.raw`[\x21\x23-\x7e][\x21-\x7e]{0,254}`,
  // Starts with a quote, but is not an empty quoted string.
  String.raw`"(?:[\x21\x23-\x7e][\x21-\x7e]{0,253}|"[\x21-\x7e]{1,253})?`,
  String.raw`"(?:[\x21\x23-\x5b\x5d-\x7e]|\\["\\]){1,255}"`,
]
  .map((form) => `^${form}$`)
  .join('|');

/** The request header of operations that are idempotent by key. */
export const idempotencyHeaders = z.object({
  'Idempotency-Key': z
    .string()
    .optional()
    .meta({ pattern: IDEMPOTENCY_HEADER_PATTERN })
    .describe(
      '1 to 255 visible ASCII characters, raw or quoted; a repeated request with the same key gets the same response, without any secret',
    ),
});

/**
 * The `Idempotency-Key` of a request (IETF draft-ietf-httpapi-idempotency-key-header); null when it has none. The raw form and the
 * draft's quoted form (RFC 8941 string) name the same key.
 *
 * @throws AppError `invalid_input` when it is not 1–255 visible ASCII characters.
 */
export function idempotencyKey(request: Request): string | null {
  const header = request.get('Idempotency-Key');
  if (header === undefined) return null;
  const quoted = /^"((?:[^"\\]|\\["\\])*)"$/.exec(header);
  const key = quoted ? (quoted[1] ?? '').replace(/\\(["\\])/g, '$1') : header;
  if (IDEMPOTENCY_KEY_PATTERN.test(key)) return key;
  const message = 'must be 1 to 255 visible ASCII characters';
  throw new AppError(INVALID_IDEMPOTENCY_KEY, `Idempotency-Key ${message}`, {
    errors: [{ path: 'Idempotency-Key', message }],
  });
}

/**
 * Identifies repeats of a request by its `Idempotency-Key`; null when it has none. The route is the path template, so that a repeat under
 * `/v1` is the same request; the values of path parameters are part of the fingerprint, so that a key which was used for one resource is
 * refused for another.
 *
 * @throws AppError `invalid_input` when the key is not valid.
 */
export function idempotentRequest(
  request: Request,
  { method, path }: { method: string; path: string },
  clientId: string,
): IdempotentRequest | null {
  const key = idempotencyKey(request);
  if (key === null) return null;
  const route = `${method.toUpperCase()} ${path}`;
  // An absent body is validated as {}.
  const body: unknown = request.body === undefined ? {} : request.body;
  return { clientId, route, key, fingerprint: requestFingerprint(route, body, request.params) };
}

/**
 * Distinguishes requests under the same key: SHA-256 of route, path parameters and body, independent of the order of members. The
 * fingerprint of a request must never change: records of orders live as long as the orders.
 */
export function requestFingerprint(route: string, body: unknown, params: object = {}): string {
  const hasParams = Object.keys(params).length > 0;
  return sha256(canonicalJson(hasParams ? [route, params, body] : [route, body]));
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/**
 * JSON text that is equal for equal data, whatever the order of members (RFC 8785 for parsed JSON: JavaScript already prints numbers and
 * strings as that standard requires).
 */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) => (isRecord(member) ? sorted(member) : member));
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function sorted(record: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}
