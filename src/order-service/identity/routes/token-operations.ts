import { z } from 'zod';
import { signAccessTokenAside, type TokenSigner } from '../../../shared/auth/access-token';
import { jsonResponse, operation, type Operation } from '../../../shared/http/operation';
import { type Grant } from '../use-cases/authenticate-client';
import { authenticatedClient, type ClientAuthenticationDependencies } from './client-authentication';
import { clientCredentials, oauthBody, oauthParameters, parameter } from './client-credentials';
import { OAUTH_TAG } from './discovery-operations';
import { NO_STORE, OAuthError, OVERLOAD_RESPONSES, oauthErrorResponse, oauthErrors } from './oauth-error';

export interface TokenOperationsDependencies extends ClientAuthenticationDependencies {
  signer: TokenSigner;
}

/** RFC 6749 §3.3: printable ASCII without quotes and backslashes, separated by single spaces. */
const SCOPES_PATTERN = String.raw`[\x21\x23-\x5b\x5d-\x7e]+( [\x21\x23-\x5b\x5d-\x7e]+)*`;
const SCOPE_SYNTAX = new RegExp(`^${SCOPES_PATTERN}$`);
/** For the OpenAPI document: an empty value counts as not sent. */
const SCOPE_PATTERN = `^(${SCOPES_PATTERN})?$`;

/** The compact form of a signed token (RFC 7515 §3.1). */
const JWT_PATTERN = /^[\w-]+\.[\w-]+\.[\w-]+$/;

const tokenRequest = z
  .object({
    grant_type: z.literal('client_credentials'),
    client_id: parameter.optional().describe('with client_secret, unless HTTP Basic is used'),
    client_secret: parameter.optional(),
    scope: z
      .string()
      .optional()
      .meta({ pattern: SCOPE_PATTERN })
      .describe('the requested scopes, separated by spaces; all scopes of the client when absent'),
  })
  .meta({ id: 'TokenRequest' });

const token = z
  .object({
    access_token: z.string().regex(JWT_PATTERN).describe('a JWT (RFC 9068)'),
    token_type: z.literal('Bearer'),
    expires_in: z.int().describe('seconds'),
    scope: z.string(),
  })
  .meta({ id: 'Token' });

const EXAMPLE_REQUEST = {
  grant_type: 'client_credentials',
  client_id: 'demo-client',
  client_secret: 'demo-secret',
  scope: 'order:create order:read',
};

const EXAMPLE_TOKEN = {
  access_token: 'eyJhbGciOiJSUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJzdWIiOiJkZW1vLWNsaWVudCJ9.c2lnbmF0dXJl',
  token_type: 'Bearer',
  expires_in: 86_400,
  scope: 'order:create order:read',
};

/** `POST /auth/token`: the client credentials grant (RFC 6749 §4.4). There is no refresh token: the client requests a new token. */
export function tokenOperation(deps: TokenOperationsDependencies): Operation {
  const content = { schema: tokenRequest, example: EXAMPLE_REQUEST };
  return operation({
    id: 'createToken',
    method: 'post',
    path: '/auth/token',
    tag: OAUTH_TAG,
    summary: 'Request an access token',
    description:
      'Client credentials (RFC 6749 §4.4) as HTTP Basic or in the body, which is a form or, as an extension, JSON. After ten wrong secrets ' +
      'within a minute, further attempts of the same address for that client are refused.',
    access: 'public',
    rawBody: {
      parsers: [deps.admission.admit, ...oauthBody],
      content: { 'application/x-www-form-urlencoded': content, 'application/json': content },
    },
    responses: {
      200: jsonResponse('the token', token, EXAMPLE_TOKEN),
      400: oauthErrorResponse('invalid_scope', 'invalid_request, unsupported_grant_type or invalid_scope'),
      401: oauthErrorResponse('invalid_client', 'the client is unknown or the secret is wrong'),
      ...OVERLOAD_RESPONSES,
    },
    onError: oauthErrors,
    async handle({ request, response }) {
      const parameters = oauthParameters(request);
      refuseOtherGrants(parameters.get('grant_type'));
      const credentials = clientCredentials(request, parameters);
      if (!credentials)
        throw new OAuthError(400, 'invalid_request', 'client_id and client_secret are required');
      const scopes = requestedScopes(parameters.get('scope'));
      const grant = await authenticatedClient(deps, request, credentials);
      const granted = grantedScopes(grant, scopes);
      response.set(NO_STORE).json({
        access_token: await signAccessTokenAside(deps.signer, grant.clientId, granted),
        token_type: 'Bearer',
        expires_in: deps.signer.expiresIn,
        scope: granted.join(' '),
      });
    },
  });
}

function refuseOtherGrants(grantType: string | undefined): void {
  if (grantType === undefined) throw new OAuthError(400, 'invalid_request', 'grant_type is required');
  if (grantType !== 'client_credentials')
    throw new OAuthError(400, 'unsupported_grant_type', 'only client_credentials is supported');
}

function requestedScopes(scope: string | undefined): string[] | null {
  if (scope === undefined) return null;
  if (!SCOPE_SYNTAX.test(scope)) throw new OAuthError(400, 'invalid_scope', 'scope is not a list of scopes');
  return [...new Set(scope.split(' '))];
}

/** All scopes of the client, or the requested ones; never a scope that the client does not have. */
function grantedScopes({ scopes }: Grant, requested: readonly string[] | null): readonly string[] {
  if (!requested) return scopes;
  if (requested.every((scope) => (scopes as readonly string[]).includes(scope))) return requested;
  throw new OAuthError(400, 'invalid_scope', 'the client does not have every requested scope');
}
