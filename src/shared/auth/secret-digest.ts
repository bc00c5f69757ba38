import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';
import { readSecretKeys, type SecretKeySource } from '../config/secret-keys';

/** Keyed hashes of client secrets: HMAC-SHA-256 (RFC 2104) under a pepper, which is not in the database. */
export interface SecretDigests {
  /** The digest of a secret under the current pepper: `hmac-sha256$<id of the pepper>$<base64url>`. */
  digest(secret: string): string;
  /** Hashes a secret once under each pepper, so that the cost does not depend on the digests that it is compared with. */
  prepare(secret: string): PreparedSecret;
}

export interface PreparedSecret {
  /** Under the current pepper. */
  digest: string;
  /** Whether a digest is that of this secret, in constant time; null when it cannot be compared: no digest, or one of an unknown pepper. */
  matches(digest: string | null): boolean | null;
}

const SCHEME = 'hmac-sha256';
const ID_TEXT = 'id of a pepper';
const ID_LENGTH = 8;

/** @param peppers the first one hashes, all verify. */
export function createSecretDigests(peppers: readonly Buffer[]): SecretDigests {
  const [current, ...others] = peppers.map((bytes) => ({
    key: createSecretKey(bytes),
    prefix: prefixOf(bytes),
  }));
  if (!current) throw new Error('there is no pepper');
  const digestUnder = ({ key, prefix }: typeof current, secret: string) => ({
    prefix,
    digest: prefix + hmac(key, secret),
  });
  return {
    digest: (secret) => digestUnder(current, secret).digest,
    prepare(secret) {
      const own = digestUnder(current, secret);
      const all = [own, ...others.map((pepper) => digestUnder(pepper, secret))];
      return {
        digest: own.digest,
        matches(stored) {
          const comparable = all.find(({ prefix }) => stored?.startsWith(prefix));
          return comparable && stored !== null ? areEqual(comparable.digest, stored) : null;
        },
      };
    },
  };
}

const hmac = (key: KeyObject | Buffer, text: string): string =>
  createHmac('sha256', key).update(text).digest('base64url');

/** The id is derived from the pepper, so that two instances give the same pepper the same id. */
const prefixOf = (pepper: Buffer): string => `${SCHEME}$${hmac(pepper, ID_TEXT).slice(0, ID_LENGTH)}$`;

function areEqual(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** @throws ConfigError when there is no pepper, or one that is too short, malformed or listed twice. */
export const readPeppers = (source: SecretKeySource): Buffer[] => readSecretKeys(source, 'pepper');
