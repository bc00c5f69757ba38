import { z } from 'zod';
import { type KeyRing } from '../../../shared/auth/key-ring';
import { type Scope } from '../../../shared/contracts/scopes';
import { jsonResponse, operation, type Operation } from '../../../shared/http/operation';

export const OAUTH_TAG = 'oauth2';

const commonMembers = {
  kid: z.string().describe('the RFC 7638 thumbprint of the key'),
  use: z.literal('sig'),
};

/** Public members only (RFC 7518 §6.2.1 and §6.3.1). */
const publicKey = z
  .discriminatedUnion('kty', [
    z.object({
      kty: z.literal('RSA'),
      n: z.string(),
      e: z.string(),
      ...commonMembers,
      alg: z.literal('RS256'),
    }),
    z.object({
      kty: z.literal('EC'),
      crv: z.literal('P-256'),
      x: z.string(),
      y: z.string(),
      ...commonMembers,
      alg: z.literal('ES256'),
    }),
  ])
  .meta({ id: 'JsonWebKey' });

const keySet = z.object({ keys: z.array(publicKey) }).meta({ id: 'JsonWebKeySet' });

const EXAMPLE_KEY = {
  kty: 'RSA',
  n: '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc',
  e: 'AQAB',
  kid: 'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs',
  use: 'sig',
  alg: 'RS256',
};

/** The keys that verify access tokens. */
export function keySetOperation(keys: KeyRing): Operation {
  return operation({
    id: 'getKeySet',
    method: 'get',
    path: '/.well-known/jwks.json',
    tag: OAUTH_TAG,
    summary: 'Read the public keys',
    description:
      'The JSON Web Key Set (RFC 7517) that verifies access tokens. A key is published before it signs tokens, and ' +
      'each is for one algorithm only, `alg`.',
    access: 'public',
    quota: 'none',
    responses: { 200: jsonResponse('the keys', keySet, { keys: [EXAMPLE_KEY] }) },
    handle({ response }) {
      response.set('Cache-Control', 'public, max-age=5').json(keys.publicKeys());
    },
  });
}

const metadata = z
  .object({
    issuer: z.string(),
    token_endpoint: z.string(),
    jwks_uri: z.string(),
    introspection_endpoint: z.string(),
    revocation_endpoint: z.string(),
    scopes_supported: z.array(z.string()).readonly(),
    response_types_supported: z.array(z.string()),
    grant_types_supported: z.array(z.string()),
    token_endpoint_auth_methods_supported: z.array(z.string()),
    introspection_endpoint_auth_methods_supported: z.array(z.string()),
    revocation_endpoint_auth_methods_supported: z.array(z.string()),
    service_documentation: z.string(),
  })
  .meta({ id: 'AuthorizationServerMetadata' });

const AUTH_METHODS = ['client_secret_basic', 'client_secret_post'];

/** `/.well-known/oauth-authorization-server` (RFC 8414): the endpoints and their features. */
export function metadataOperation(issuer: string, scopes: readonly Scope[]): Operation {
  const described = describe(issuer, scopes);
  return operation({
    id: 'getAuthorizationServerMetadata',
    method: 'get',
    path: '/.well-known/oauth-authorization-server',
    tag: OAUTH_TAG,
    summary: 'Read the authorization server metadata',
    description: 'The authorization server metadata of RFC 8414.',
    access: 'public',
    quota: 'none',
    responses: { 200: jsonResponse('the metadata', metadata, describe('http://localhost:3001', scopes)) },
    handle({ response }) {
      response.set('Cache-Control', 'public, max-age=300').json(described);
    },
  });
}

function describe(issuer: string, scopes: readonly Scope[]): z.infer<typeof metadata> {
  const at = (path: string): string => new URL(path, issuer).href;
  return {
    issuer,
    token_endpoint: at('/auth/token'),
    jwks_uri: at('/.well-known/jwks.json'),
    introspection_endpoint: at('/auth/introspect'),
    revocation_endpoint: at('/auth/revoke'),
    scopes_supported: scopes,
    // Clients act on their own behalf, so there is no authorization endpoint.
    response_types_supported: [],
    grant_types_supported: ['client_credentials'],
    token_endpoint_auth_methods_supported: AUTH_METHODS,
    introspection_endpoint_auth_methods_supported: [...AUTH_METHODS, 'Bearer'],
    revocation_endpoint_auth_methods_supported: [...AUTH_METHODS, 'Bearer'],
    service_documentation: at('/docs'),
  };
}
