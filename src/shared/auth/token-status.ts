import { LRUCache } from 'lru-cache';
import { type AccessTokenClaims } from './access-token';
import { within } from '../runtime/within';

/** What has become of a token since it was signed. */
export interface TokenStatus {
  /** False: revoked, or its client was disabled or removed. */
  active: boolean;
  /** Which of the token's scopes its client still has. */
  scopes: readonly string[];
}

export type LookUpTokenStatus = (claims: AccessTokenClaims, token: string) => Promise<TokenStatus>;

interface Entry {
  status: TokenStatus;
  /** Until then it is not asked for again, in milliseconds since 1970. */
  until: number;
  asking: Promise<TokenStatus> | null;
}

export interface TokenStatusCacheOptions {
  /** How old an answer may be, in milliseconds. */
  maxAgeMs?: number;
  maxEntries?: number;
  /** How long a request waits for the look-up, in milliseconds. */
  maxWaitMs?: number;
}

/**
 * Remembers for two seconds what was looked up, so that a revocation is noticed soon and costs one look-up per token, not per
 * request. While the look-up fails or hangs, the last answer counts, and without one the token itself: who can sign in must not
 * depend on the issuer being up (docs/adr/0006). An answer that comes late counts from then on.
 */
export function cachedTokenStatus(
  lookUp: LookUpTokenStatus,
  { maxAgeMs = 2_000, maxEntries = 10_000, maxWaitMs = 500 }: TokenStatusCacheOptions = {},
): LookUpTokenStatus {
  const entries = new LRUCache<string, Entry>({ max: maxEntries });

  function ask(claims: AccessTokenClaims, token: string, last: TokenStatus): Promise<TokenStatus> {
    const entry: Entry = { status: last, until: 0, asking: null };
    const answer = lookUp(claims, token)
      .catch(() => last)
      .then((status) => {
        Object.assign(entry, { status, until: Date.now() + maxAgeMs, asking: null });
        return status;
      });
    entry.asking = within(maxWaitMs, answer, () => last);
    entries.set(claims.jti, entry);
    return entry.asking;
  }

  return async (claims, token) => {
    const known = entries.get(claims.jti);
    if (known?.asking) return known.asking;
    if (known && known.until > Date.now()) return known.status;
    return ask(claims, token, known?.status ?? { active: true, scopes: claims.scopes });
  };
}
