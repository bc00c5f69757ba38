import { QUOTA_EXCEEDED, UNAVAILABLE } from '../../../shared/contracts/problem';
import { type Request, type RequestHandler, type Response } from 'express';
import { z } from 'zod';
import { type AccessTokenClaims, type TokenVerifier } from '../../../shared/auth/access-token';
import { bearerToken, type TokenCheck } from '../../../shared/auth/token-check';
import { jsonResponse, operation, type Operation } from '../../../shared/http/operation';
import { type AuthenticatedClient } from '../domain/authenticated-client';
import { introspectToken, revokeToken } from '../use-cases/token-status';
import { authenticatedClient, type ClientAuthenticationDependencies } from './client-authentication';
import {
  clientCredentials,
  invalidClient,
  oauthBody,
  oauthParameters,
  parameter,
} from './client-credentials';
import { OAUTH_TAG } from './discovery-operations';
import { NO_STORE, OAuthError, OVERLOAD_RESPONSES, oauthErrorResponse, oauthErrors } from './oauth-error';

type TokenIssuer = Pick<TokenVerifier, 'issuer' | 'audience'>;

export interface IssuedTokenDependencies extends ClientAuthenticationDependencies {
  checkToken: TokenCheck;
  /** Of the tokens that this service signs. */
  issuer: TokenIssuer;
  /** Counts a request against the quota of its address. */
  limit: RequestHandler;
}

/** The operations on an issued token: introspection and revocation. */
export function issuedTokenOperations(deps: IssuedTokenDependencies): Operation[] {
  return [introspectOperation(deps), revokeOperation(deps)];
}

const tokenForm = z
  .object({
    token: parameter.meta({ minLength: 1 }),
    token_type_hint: parameter.optional(),
    client_id: parameter.optional(),
    client_secret: parameter.optional(),
  })
  .meta({ id: 'TokenForm' });

const tokenFormBody = ({ admission }: IssuedTokenDependencies) => ({
  parsers: [admission.admit, ...oauthBody],
  content: {
    'application/x-www-form-urlencoded': {
      schema: tokenForm,
      example: { token: 'eyJhbGciOiJSUzI1NiJ9.e30.c2ln' },
    },
  },
});

const REFUSALS = {
  400: oauthErrorResponse('invalid_request', 'the request is incomplete'),
  401: oauthErrorResponse('invalid_client', 'the client authentication failed'),
  ...OVERLOAD_RESPONSES,
};

const introspection = z
  .object({
    active: z.boolean(),
    scope: z.string().optional().describe('the scopes of the token that its client still has'),
    client_id: z.string().optional(),
    sub: z.string().optional(),
    iss: z.string().optional(),
    aud: z.string().optional(),
    iat: z.int().optional(),
    exp: z.int().optional(),
    jti: z.string().optional(),
    token_type: z.literal('Bearer').optional(),
  })
  .meta({ id: 'Introspection' });

function introspectOperation(deps: IssuedTokenDependencies): Operation {
  return operation({
    id: 'introspectToken',
    method: 'post',
    path: '/auth/introspect',
    tag: OAUTH_TAG,
    summary: 'Introspect a token',
    description:
      'RFC 7662. The caller authenticates with client credentials or with a bearer token. A client can introspect its own tokens, a holder ' +
      'of client:manage or ops:manage all tokens; any other token is reported as not active. Requests count against the quota of the ' +
      'address, except those with a valid bearer token, which the services of the system use.',
    access: 'public',
    quota: 'none',
    rawBody: tokenFormBody(deps),
    responses: {
      200: jsonResponse('the status of the token', introspection, {
        active: true,
        scope: 'order:read',
        client_id: 'demo-client',
      }),
      ...REFUSALS,
    },
    problems: [QUOTA_EXCEEDED, UNAVAILABLE],
    onError: oauthErrors,
    async handle({ request, response }) {
      const { caller, claims } = await callerAndClaims(deps, request, () =>
        countRequest(deps.limit, request, response),
      );
      const scopes = claims && (await introspectToken(deps.db, claims, caller));
      response
        .set(NO_STORE)
        .json(claims && scopes ? describe(claims, scopes, deps.issuer) : { active: false });
    },
  });
}

function revokeOperation(deps: IssuedTokenDependencies): Operation {
  return operation({
    id: 'revokeToken',
    method: 'post',
    path: '/auth/revoke',
    tag: OAUTH_TAG,
    summary: 'Revoke a token',
    description:
      'RFC 7009. The token is refused everywhere within five seconds. A token that has expired, or that belongs to another ' +
      'client, is not changed; the response is the same.',
    access: 'public',
    rawBody: tokenFormBody(deps),
    responses: { 200: { description: 'the token is revoked' }, ...REFUSALS },
    onError: oauthErrors,
    async handle({ request, response }) {
      const { caller, claims } = await callerAndClaims(deps, request);
      if (claims) await revokeToken(deps.db, claims, caller);
      response.set(NO_STORE).status(200).end();
    },
  });
}

/**
 * The client that sends the request, and the claims of the token in it; null when the token was not issued by this service or has expired.
 */
async function callerAndClaims(
  deps: IssuedTokenDependencies,
  request: Request,
  countWithoutBearer: () => Promise<void> = () => Promise.resolve(),
) {
  const bearer = await clientOfBearerToken(deps, request);
  if (bearer === null) await countWithoutBearer();
  const parameters = oauthParameters(request);
  const token = parameters.get('token');
  if (token === undefined) throw new OAuthError(400, 'invalid_request', 'token is required');
  const caller = bearer ?? (await clientOfCredentials(deps, request, parameters));
  return { caller, claims: await deps.checkToken(token) };
}

/** The client of a valid bearer token, which may introspect that token itself; null without one. */
async function clientOfBearerToken(
  deps: IssuedTokenDependencies,
  request: Request,
): Promise<AuthenticatedClient | null> {
  const bearer = bearerToken(request);
  const claims = bearer === null ? null : await deps.checkToken(bearer);
  if (!claims) return null;
  // A revoked token gives no scopes, but its client can still learn that it is revoked.
  const scopes = await introspectToken(deps.db, claims, { clientId: claims.clientId, scopes: [] });
  return { clientId: claims.clientId, scopes: scopes ?? [] };
}

/** The client that the credentials authenticate. */
async function clientOfCredentials(
  deps: IssuedTokenDependencies,
  request: Request,
  parameters: ReadonlyMap<string, string>,
): Promise<AuthenticatedClient> {
  if (bearerToken(request) !== null) {
    throw new OAuthError(401, 'invalid_client', 'the bearer token is not valid', {
      'WWW-Authenticate': 'Bearer error="invalid_token"',
    });
  }
  const credentials = clientCredentials(request, parameters);
  if (!credentials) throw invalidClient(true);
  return authenticatedClient(deps, request, credentials);
}

/** @throws AppError `quota_exceeded` */
function countRequest(limit: RequestHandler, request: Request, response: Response): Promise<void> {
  return new Promise((resolve, reject) => {
    void limit(request, response, (error?: unknown) =>
      error === undefined ? resolve() : reject(error as Error),
    );
  });
}

function describe(claims: AccessTokenClaims, scopes: readonly string[], { issuer, audience }: TokenIssuer) {
  return {
    active: true,
    scope: scopes.join(' '),
    client_id: claims.clientId,
    sub: claims.sub,
    iss: issuer,
    aud: audience,
    iat: claims.issuedAt,
    exp: claims.expiresAt,
    jti: claims.jti,
    token_type: 'Bearer',
  };
}
