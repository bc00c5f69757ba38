import { createHash, type KeyObject } from 'node:crypto';

/** The algorithms of access tokens (RFC 7518 §3.1): RSA with SHA-256, and ECDSA with P-256 and SHA-256. */
export const SIGNING_ALGORITHMS = ['RS256', 'ES256'] as const;
export type SigningAlgorithm = (typeof SIGNING_ALGORITHMS)[number];

const MIN_RSA_BITS = 2_048;

/**
 * The only algorithm that a key is used for.
 *
 * @throws Error when the key is for none.
 */
export function algorithmOf(key: KeyObject): SigningAlgorithm {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  if (type === 'ec' && details?.namedCurve === 'prime256v1') return 'ES256';
  if (type === 'rsa' && (details?.modulusLength ?? 0) >= MIN_RSA_BITS) return 'RS256';
  throw new Error(
    `must be an RSA key of at least ${String(MIN_RSA_BITS)} bits, or an EC key of the curve P-256`,
  );
}

const keyIds = new WeakMap<KeyObject, string>();

/** The key's RFC 7638 thumbprint, the same for the private and the public half. */
export function keyId(key: KeyObject): string {
  const known = keyIds.get(key);
  if (known !== undefined) return known;
  const { crv, e, kty, n, x, y } = key.export({ format: 'jwk' });
  const required = kty === 'EC' ? { crv, kty, x, y } : { e, kty, n };
  const thumbprint = createHash('sha256').update(JSON.stringify(required)).digest('base64url');
  keyIds.set(key, thumbprint);
  return thumbprint;
}
