import { randomBytes, scrypt, timingSafeEqual, type ScryptOptions } from 'node:crypto';
import { promisify } from 'node:util';

const derive = promisify<string, Buffer, number, ScryptOptions, Buffer>(scrypt);

const COST = { N: 16_384, r: 8, p: 1 };
const KEY_BYTES = 32;

/** A secret nobody can guess: 256 random bits, base64url. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url');
}

/**
 * `scrypt$N$r$p$salt$key`, salt and key in base64url (RFC 7914).
 *
 * @param current the hash of the secret that this one takes the place of: with the same salt, one derivation tells both apart.
 */
export async function hashSecret(secret: string, current?: string): Promise<string> {
  const fresh = ['scrypt', COST.N, COST.r, COST.p, randomBytes(16).toString('base64url')].join('$');
  const prefix = current?.startsWith(COST_PREFIX) ? prefixOf(current) : fresh;
  return `${prefix}$${(await deriveLike(prefix, secret)).toString('base64url')}`;
}

const COST_PREFIX = `scrypt$${COST.N}$${COST.r}$${COST.p}$`;

/** A hash that no secret has: verifying against it takes as long as against a real one. */
const NO_CLIENT = `${COST_PREFIX}${'A'.repeat(22)}$${'A'.repeat(43)}`;

/**
 * Whether the secret is that of one of the two hashes, in constant time. Pass null for an unknown client: the answer is false, and
 * takes as long. Hashes with different salts, which {@link hashSecret} does not make for one client, take twice as long.
 */
export async function verifySecret(
  secret: string,
  current: string | null,
  previous: string | null = null,
): Promise<boolean> {
  const hash = current ?? NO_CLIENT;
  const derived = await deriveLike(prefixOf(hash), secret);
  const isCurrent = timingSafeEqual(derived, keyOf(hash)) && current !== null;
  if (previous === null) return isCurrent;
  const hasSameSalt = prefixOf(previous) === prefixOf(hash);
  const again = hasSameSalt ? derived : await deriveLike(prefixOf(previous), secret);
  return timingSafeEqual(again, keyOf(previous)) || isCurrent;
}

/** The key that a secret has with cost and salt of a hash. */
function deriveLike(prefix: string, secret: string): Promise<Buffer> {
  const [, N, r, p, salt = ''] = prefix.split('$');
  const cost = { N: Number(N), r: Number(r), p: Number(p) };
  return derive(secret, Buffer.from(salt, 'base64url'), KEY_BYTES, cost);
}

const prefixOf = (hash: string): string => hash.split('$').slice(0, 5).join('$');

const keyOf = (hash: string): Buffer => Buffer.from(hash.split('$')[5] ?? '', 'base64url');
