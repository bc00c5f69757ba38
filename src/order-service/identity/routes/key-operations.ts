import { z } from 'zod';
import { type KeyRing } from '../../../shared/auth/key-ring';
import { jsonAnswer, operation, type Operation } from '../../../shared/http/operation';

export const OAUTH_TAG = 'oauth2';

/** Public members only (RFC 7518 §6.3.1). */
const publicKey = z
  .object({
    kty: z.literal('RSA'),
    n: z.string(),
    e: z.string(),
    kid: z.string().describe('the RFC 7638 thumbprint of the key'),
    use: z.literal('sig'),
    alg: z.literal('RS256'),
  })
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
      'The JSON Web Key Set (RFC 7517) that verifies access tokens. A key is published before it signs.',
    access: 'public',
    quota: 'none',
    answers: { 200: jsonAnswer('the keys', keySet, { keys: [EXAMPLE_KEY] }) },
    handle({ response }) {
      response.set('Cache-Control', 'public, max-age=5').json(keys.publicKeys());
    },
  });
}
