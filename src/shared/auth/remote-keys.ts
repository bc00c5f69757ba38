import { UNAVAILABLE } from '../contracts/problem';
import { KeyObject } from 'node:crypto';
import { createRemoteJWKSet, errors, type CryptoKey } from 'jose';
import { AppError, messageOf } from '../errors';
import { type Logger } from '../observability/logger';
import { type BackgroundLoop, createBackgroundLoop } from '../runtime/background-loop';
import { type SigningAlgorithm } from './signing-algorithm';

export interface RemoteKeysOptions {
  /** The URL of the issuer's JSON Web Key Set. */
  url: string;
  logger: Logger;
  /** How long an unknown key id is not requested again, in milliseconds, so that invented ids cannot keep the issuer busy. */
  cooldownMs?: number;
}

export interface RemoteKeys {
  /** @throws AppError `unavailable` when the key is unknown and the issuer does not answer. */
  findKey(kid: string, algorithm: SigningAlgorithm): Promise<KeyObject | null>;
  refresh: BackgroundLoop;
}

/** The maximum age of keys, in milliseconds: the time after which a withdrawn key is refused. */
const REFRESH_MS = 15_000;
const TIMEOUT_MS = 1_500;

/**
 * The issuer's public keys, from its JWKS. They are kept while the issuer is unavailable, refreshed in the background, and fetched at
 * once when a token names an unknown key.
 */
export function createRemoteKeys({ url, logger, cooldownMs = 2_000 }: RemoteKeysOptions): RemoteKeys {
  const keySet = createRemoteJWKSet(new URL(url), {
    cacheMaxAge: Number.POSITIVE_INFINITY,
    cooldownDuration: cooldownMs,
    timeoutDuration: TIMEOUT_MS,
  });
  const keyObjects = new WeakMap<CryptoKey, KeyObject>();
  let isUnavailable = false;

  return {
    async findKey(kid, algorithm) {
      try {
        const key = await keySet({ alg: algorithm, kid });
        const known = keyObjects.get(key) ?? KeyObject.from(key);
        keyObjects.set(key, known);
        return known;
      } catch (error) {
        if (error instanceof errors.JWKSNoMatchingKey) return null;
        throw new AppError(UNAVAILABLE, 'the keys of the token issuer cannot be fetched', { cause: error });
      }
    },
    refresh: createBackgroundLoop({
      name: 'issuer keys',
      idleMs: REFRESH_MS,
      logger,
      async step() {
        try {
          await keySet.reload();
          if (isUnavailable) logger.info('the token issuer is available again');
          isUnavailable = false;
        } catch (error) {
          if (!isUnavailable)
            logger.warn('the token issuer is unavailable; its known keys stay in use', {
              error: messageOf(error),
            });
          isUnavailable = true;
        }
        return isUnavailable ? 1_000 : 'idle';
      },
    }),
  };
}
