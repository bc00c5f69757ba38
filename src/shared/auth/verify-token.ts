import jwt from 'jsonwebtoken';
import {
  acceptedClaims,
  claimedKeyId,
  verifyOptions,
  type AccessTokenClaims,
  type TokenVerifier,
} from './access-token';

/** The claims of a token of ours that has not ended; null for anything else. By the same rules as `authenticate`. */
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
