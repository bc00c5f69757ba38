import { isUtf8 } from 'node:buffer';
import { type Request } from 'express';
import { z } from 'zod';
import { isStorable, STORABLE_PATTERN } from '../../../shared/contracts/text';
import { formDecoded, formPairs } from '../../../shared/http/validate';
import { parseJson } from '../../../shared/http/json-body';
import { bodyReader } from '../../../shared/http/request-body';
import { OAuthError } from './oauth-error';

const FORM = 'application/x-www-form-urlencoded';
const MAX_PARAMETERS = 20;

/** Reads a form, as the standard requires, or JSON, which is an extension; `oauthParameters` returns the parameters. */
export const oauthBody = [bodyReader({ types: [FORM, 'application/json'], maxBytes: 10 * 1024 })];

/** For the OpenAPI document: a parameter of a form. A parameter without a value counts as not sent. */
export const parameter = z.string().meta({ pattern: STORABLE_PATTERN });

/** Parameters that must never be in a URL: URLs end up in logs. */
const NEVER_IN_QUERY = ['client_id', 'client_secret', 'token', 'access_token', 'grant_type'];

/**
 * The parameters of a request to an OAuth endpoint. A parameter without a value counts as not sent (RFC 6749 §3.2).
 *
 * @throws OAuthError `invalid_request` when one is repeated, is not text, or is in the query.
 * @throws AppError `invalid_input` when the body is not JSON, or not percent-encoded UTF-8.
 */
export function oauthParameters(request: Request): Map<string, string> {
  if (NEVER_IN_QUERY.some((name) => name in request.query))
    throw new OAuthError(400, 'invalid_request', 'send parameters in the body, never in the query');
  const sent = sentPairs(request);
  if (sent.length > MAX_PARAMETERS)
    throw new OAuthError(400, 'invalid_request', `send at most ${MAX_PARAMETERS} parameters`);
  const parameters = new Map<string, string>();
  for (const [name, value] of sent) {
    if (typeof value !== 'string' || !isStorable(value) || parameters.has(name))
      throw new OAuthError(400, 'invalid_request', `${name} must be text and must not be repeated`);
    parameters.set(name, value);
  }
  return new Map([...parameters].filter(([, value]) => value !== ''));
}

function sentPairs(request: Request): [string, unknown][] {
  const bytes = request.body as Buffer | undefined;
  if (bytes === undefined) return [];
  if (request.is(FORM)) return formPairs(bytes.toString());
  const value = parseJson(bytes, 'the request body');
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return Object.entries(value);
  throw new OAuthError(400, 'invalid_request', 'the body must be a form, or a JSON object');
}

export interface ClientCredentials {
  clientId: string;
  clientSecret: string;
  /** Sent as HTTP Basic: a refusal must then name that scheme (RFC 6749 §5.2). */
  isBasic: boolean;
}

/**
 * The credentials of the client: HTTP Basic, or parameters of the body, but never both (RFC 6749 §2.3).
 *
 * @returns null when the request has none.
 * @throws OAuthError
 */
export function clientCredentials(
  request: Request,
  parameters: ReadonlyMap<string, string>,
): ClientCredentials | null {
  const header = request.get('Authorization');
  const [clientId, clientSecret] = [parameters.get('client_id'), parameters.get('client_secret')];
  if (header === undefined) {
    return clientId !== undefined && clientSecret !== undefined
      ? { clientId, clientSecret, isBasic: false }
      : null;
  }
  if (clientSecret !== undefined)
    throw new OAuthError(400, 'invalid_request', 'authenticate in one way only: by header or in the body');
  const basic = basicCredentials(header);
  if (clientId !== undefined && clientId !== basic.clientId)
    throw new OAuthError(400, 'invalid_request', 'client_id is not the client of the Authorization header');
  return basic;
}

/** Both parts are form-encoded before they are joined (RFC 6749 §2.3.1). */
function basicCredentials(header: string): ClientCredentials {
  const [, encoded = ''] = /^Basic +([A-Za-z0-9+/=]+)$/i.exec(header) ?? [];
  const bytes = Buffer.from(encoded, 'base64');
  const decoded = isUtf8(bytes) ? bytes.toString() : '';
  const colon = decoded.indexOf(':');
  const [clientId, clientSecret] = [
    formDecoded(decoded.slice(0, colon)),
    formDecoded(decoded.slice(colon + 1)),
  ];
  const isReadable = clientId !== null && clientSecret !== null && isStorable(clientId);
  if (colon < 1 || !isReadable) throw invalidClient(true);
  return { clientId, clientSecret, isBasic: true };
}

/** The answer is the same for every error in the credentials. */
export function invalidClient(isBasic: boolean): OAuthError {
  return new OAuthError(
    401,
    'invalid_client',
    'the client is unknown or the secret is wrong',
    isBasic ? { 'WWW-Authenticate': 'Basic realm="order-processing-system", charset="UTF-8"' } : {},
  );
}
