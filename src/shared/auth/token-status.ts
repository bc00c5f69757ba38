import { LRUCache } from 'lru-cache';
import { type AccessTokenClaims } from './access-token';
import { withTimeout } from '../runtime/with-timeout';

/** The current status of a token. */
export interface TokenStatus {
  /** False: the token was revoked, or its client was disabled or removed. */
  active: boolean;
  /** The token's scopes that its client still has. */
  scopes: readonly string[];
}

export type LookUpTokenStatus = (claims: AccessTokenClaims, token: string) => Promise<TokenStatus>;

interface Entry {
  status: TokenStatus;
  /** Until then the status is not looked up again, in milliseconds since 1970. */
  until: number;
  pending: Promise<TokenStatus> | null;
}

export interface TokenStatusCacheOptions {
  /** The maximum age of a cached status, in milliseconds. */
  maxAgeMs?: number;
  maxEntries?: number;
  /** How long a request waits for the look-up, in milliseconds. */
  maxWaitMs?: number;
}

/**
 * Caches each status for two seconds, so that a revocation takes effect soon and costs one look-up per token, not per request. While the
 * look-up fails or hangs, the last status applies, and without one the token itself: authentication must not depend on the issuer's
 * availability (docs/adr/0006). A late status applies from its arrival.
 */
export function cachedTokenStatus(
  lookUp: LookUpTokenStatus,
  { maxAgeMs = 2_000, maxEntries = 10_000, maxWaitMs = 500 }: TokenStatusCacheOptions = {},
): LookUpTokenStatus {
  const entries = new LRUCache<string, Entry>({ max: maxEntries });

  function lookUpOnce(claims: AccessTokenClaims, token: string, last: TokenStatus): Promise<TokenStatus> {
    const entry: Entry = { status: last, until: 0, pending: null };
    const answer = lookUp(claims, token)
      .catch(() => last)
      .then((status) => {
        Object.assign(entry, { status, until: Date.now() + maxAgeMs, pending: null });
        return status;
      });
    entry.pending = withTimeout(maxWaitMs, answer, () => last);
    entries.set(claims.jti, entry);
    return entry.pending;
  }

  return async (claims, token) => {
    const known = entries.get(claims.jti);
    if (known?.pending) return known.pending;
    if (known && known.until > Date.now()) return known.status;
    return lookUpOnce(claims, token, known?.status ?? { active: true, scopes: claims.scopes });
  };
}
