import { type IncomingHttpHeaders } from 'node:http';
import { type Request, type RequestHandler, type Response } from 'express';
import { z } from 'zod';
import { MALFORMED_REQUEST, type ProblemType, VALIDATION_FAILED } from '../../../shared/contracts/problem';
import { BEARER_SUBPROTOCOL_PREFIX, ORDERS_SUBPROTOCOL } from '../../../shared/contracts/websocket-messages';
import { AppError } from '../../../shared/errors';
import { isUpgradable } from '../../../shared/http/upgrade';
import { ORIGIN_NOT_ALLOWED, UPGRADE_REQUIRED } from '../domain/websocket-problems';

/** The only version of the protocol (RFC 6455 §4.1). */
const VERSION = '13';
const KEY = /^[+/0-9A-Za-z]{22}==$/;
/** A token of HTTP (RFC 9110 §5.6.2), the form of a subprotocol. */
const TOKEN = /^[!#$%&'*+.^_`|~\w-]+$/;

/**
 * Checks the parts of a handshake that come before its authentication. An access token that a browser has sent as a subprotocol is moved to
 * the Authorization header, where the authentication finds it.
 *
 * @param origins those whose pages may connect; a request without an Origin header comes from no page.
 * @throws AppError `validation_failed` for a query string, in which a token could be; `origin_not_allowed`; `malformed_request` for
 * subprotocols without the one of this API, and for two tokens.
 */
export function prepareHandshake(origins: ReadonlySet<string>): RequestHandler {
  return (request, _response, next) => {
    refuseQuery(Object.keys(request.query));
    const { headers } = request;
    if (headers.origin !== undefined && !origins.has(headers.origin))
      throw new AppError(ORIGIN_NOT_ALLOWED, ORIGIN_NOT_ALLOWED.detail);
    const token = tokenOf(subprotocolsOf(headers));
    if (token !== null && headers.authorization !== undefined)
      throw malformed('send the access token once: in the Authorization header or as subprotocol');
    if (token !== null) headers.authorization = `Bearer ${token}`;
    next();
  };
}

/**
 * Checks that an authenticated request is a handshake (RFC 6455 §4.2.1).
 *
 * @throws AppError `upgrade_required`; `malformed_request`.
 */
export function requireHandshake(request: Request, response: Response): void {
  const { headers } = request;
  const isVersionKnown = headers['sec-websocket-version'] === VERSION;
  if (!isUpgradable(request) || !isVersionKnown) {
    response.set({ Upgrade: 'websocket', Connection: 'Upgrade, close', 'Sec-WebSocket-Version': VERSION });
    throw new AppError(UPGRADE_REQUIRED, UPGRADE_REQUIRED.detail);
  }
  if (!KEY.test(headers['sec-websocket-key'] ?? ''))
    throw malformed('the header Sec-WebSocket-Key is missing or not the base64 of 16 bytes');
}

function refuseQuery([name]: readonly string[]): void {
  if (name === undefined) return;
  throw new AppError(
    VALIDATION_FAILED,
    'a WebSocket has no query string; send the access token in the Authorization header or as subprotocol',
    { errors: [{ path: name, message: 'is not a known member' }] },
  );
}

/** @throws AppError `malformed_request` */
function subprotocolsOf({ 'sec-websocket-protocol': header }: IncomingHttpHeaders): string[] {
  if (header === undefined) return [];
  const names = header.split(',').map((name) => name.replace(/^[ \t]+|[ \t]+$/g, ''));
  if (!names.every((name) => TOKEN.test(name)) || new Set(names).size < names.length)
    throw malformed('the header Sec-WebSocket-Protocol must be a list of different names');
  if (!names.includes(ORDERS_SUBPROTOCOL))
    throw malformed(`the subprotocols must include ${ORDERS_SUBPROTOCOL}`);
  return names;
}

/** @throws AppError `malformed_request` */
function tokenOf(subprotocols: readonly string[]): string | null {
  const tokens = subprotocols.filter((name) => name.startsWith(BEARER_SUBPROTOCOL_PREFIX));
  if (tokens.length > 1) throw malformed('send one access token');
  return tokens[0]?.slice(BEARER_SUBPROTOCOL_PREFIX.length) ?? null;
}

const malformed = (detail: string): AppError => new AppError(MALFORMED_REQUEST, detail);

/** The headers of a handshake, for the contract. */
export const handshakeHeaders = z.object({
  'Sec-WebSocket-Protocol': z
    .string()
    .optional()
    .describe('`orders.v1`; in browsers `orders.v1, bearer.` followed by the access token'),
});

/** The problems of a handshake beyond those of any authenticated request. */
export const HANDSHAKE_PROBLEMS: readonly ProblemType[] = [
  VALIDATION_FAILED,
  ORIGIN_NOT_ALLOWED,
  UPGRADE_REQUIRED,
];
