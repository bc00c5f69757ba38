import { type KeyObject } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { LRUCache } from 'lru-cache';
import {
  acceptedClaims,
  type AccessTokenClaims,
  claimedKeyId,
  CLOCK_LEEWAY_SECONDS,
  type TokenVerifier,
  verifyOptions,
} from './access-token';

/** The claims of a token that this system issued and that has not expired; null for any other. Applies the same rules as `authenticate`. */
export async function verifyToken(verifier: TokenVerifier, token: string): Promise<AccessTokenClaims | null> {
  const kid = claimedKeyId(token);
  const key = kid === null ? null : await verifier.findKey(kid);
  if (!key) return null;
  try {
    const verified = jwt.verify(token, key, { ...verifyOptions(verifier), complete: true });
    return acceptedClaims(verified, Math.floor(Date.now() / 1000));
  } catch {
    return null;
  }
}

/** Recently verified tokens, so that a client's next request needs no signature check. */
export interface VerifiedTokens {
  /** The claims of a verified token that has not expired and whose key the issuer still has; else null. */
  find(token: string): Promise<AccessTokenClaims | null>;
  /** Call only with a token that the signature check has accepted. */
  add(token: string, keyId: string, claims: AccessTokenClaims): Promise<void>;
}

interface Entry {
  claims: AccessTokenClaims;
  keyId: string;
  key: KeyObject | null;
}

const MAX_ENTRIES = 10_000;

/** Does not check whether a token was revoked: see `cachedTokenStatus`. */
export function createVerifiedTokens(verifier: Pick<TokenVerifier, 'findKey'>): VerifiedTokens {
  const entries = new LRUCache<string, Entry>({ max: MAX_ENTRIES });
  return {
    async find(token) {
      const entry = entries.get(token);
      if (!entry) return null;
      const isExpired = entry.claims.expiresAt + CLOCK_LEEWAY_SECONDS <= Date.now() / 1_000;
      if (!isExpired && entry.key !== null && entry.key === (await verifier.findKey(entry.keyId)))
        return entry.claims;
      entries.delete(token);
      return null;
    },
    async add(token, keyId, claims) {
      entries.set(token, { claims, keyId, key: await verifier.findKey(keyId) });
    },
  };
}
