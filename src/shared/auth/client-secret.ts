import { createDecipheriv, randomBytes, scrypt, type ScryptOptions, timingSafeEqual } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { promisify } from 'node:util';
import { type BoundedWork, createBoundedWork } from '../resilience/bounded-work';

const derive = promisify<string, Buffer, number, ScryptOptions, Buffer>(scrypt);

const COST = { N: 16_384, r: 8, p: 1 };
const KEY_BYTES = 32;

const COST_PREFIX = `scrypt$${COST.N}$${COST.r}$${COST.p}$`;

const CIPHER = 'aes-256-gcm';
const [SALT_BYTES, IV_BYTES, TAG_BYTES] = [16, 12, 16];

/** One of the four threads of libuv's pool stays free for name look-ups and file access. */
const MAX_THREADS = 3;

/** Creates a secret that cannot be guessed: 256 random bits, base64url. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url');
}

/**
 * Hashes a secret as `scrypt$N$r$p$salt$key`, salt and key in base64url (RFC 7914), for the previous version, and for clients that have
 * not used their secret since this version was installed.
 *
 * @param current the hash of the secret that this one replaces; with the same salt, one derivation checks a secret against both.
 */
export async function hashSecret(secret: string, current?: string): Promise<string> {
  const fresh = ['scrypt', COST.N, COST.r, COST.p, randomBytes(16).toString('base64url')].join('$');
  const prefix = current?.startsWith(COST_PREFIX) ? prefixOf(current) : fresh;
  return `${prefix}$${(await deriveLike(prefix, secret)).toString('base64url')}`;
}

/**
 * The index of the hash that the secret matches, -1 when there is none; in constant time. Hashes with different salts, which
 * {@link hashSecret} does not create for one client, take one derivation each.
 */
export async function findMatchingHash(secret: string, hashes: readonly string[]): Promise<number> {
  let found = -1;
  for (const prefix of new Set(hashes.map(prefixOf))) {
    const derived = await deriveLike(prefix, secret);
    for (const [index, hash] of hashes.entries())
      if (prefixOf(hash) === prefix && timingSafeEqual(derived, keyOf(hash))) found = index;
  }
  return found;
}

/** Derives a key from a secret with the cost and salt of a hash. */
function deriveLike(prefix: string, secret: string): Promise<Buffer> {
  const [, N, r, p, salt = ''] = prefix.split('$');
  const cost = { N: Number(N), r: Number(r), p: Number(p) };
  return derive(secret, Buffer.from(salt, 'base64url'), KEY_BYTES, cost);
}

const prefixOf = (hash: string): string => hash.split('$').slice(0, 5).join('$');

const keyOf = (hash: string): Buffer => Buffer.from(hash.split('$')[5] ?? '', 'base64url');

/**
 * Decrypts text that only a holder of the password can read: AES-256-GCM under a key from scrypt, base64url. Only the previous version
 * encrypts.
 *
 * @throws Error when the password is wrong or the text was changed.
 */
export async function unseal(sealed: string, password: string): Promise<string> {
  const bytes = Buffer.from(sealed, 'base64url');
  const salt = bytes.subarray(0, SALT_BYTES);
  const iv = bytes.subarray(SALT_BYTES, SALT_BYTES + IV_BYTES);
  const tag = bytes.subarray(SALT_BYTES + IV_BYTES, SALT_BYTES + IV_BYTES + TAG_BYTES);
  const decipher = createDecipheriv(CIPHER, await derive(password, salt, KEY_BYTES, COST), iv);
  decipher.setAuthTag(tag);
  const encrypted = bytes.subarray(SALT_BYTES + IV_BYTES + TAG_BYTES);
  return Buffer.concat([decipher.update(encrypted), decipher.final()]).toString('utf8');
}

/**
 * Hashes secrets, which is expensive on purpose, on all cores of this machine but one, at least on one. The number of waiting hashes and
 * their waiting time are limited, whatever a hash costs.
 *
 * @param processes the number of processes that share the cores.
 */
export function createHashing(processes: number): BoundedWork {
  const cores = Math.floor((availableParallelism() - 1) / processes);
  return createBoundedWork({
    concurrency: Math.min(Math.max(cores, 1), MAX_THREADS),
    maxWaiting: 500,
    maxWaitingPerKey: 50,
    maxWaitMs: 5_000,
  });
}
