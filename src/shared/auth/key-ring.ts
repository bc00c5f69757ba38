import { createPrivateKey, createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { ConfigError } from '../config/read-env';
import { messageOf } from '../errors';
import { type Logger } from '../observability/logger';
import { type BackgroundLoop, createBackgroundLoop } from '../runtime/background-loop';
import { algorithmOf, keyId, type SigningAlgorithm } from './signing-algorithm';

/** The keys of the issuer: one signs, all are published. */
export interface KeyRing {
  signingKey(): KeyObject;
  /** The public key of a key pair of the ring; null for another key id, or an algorithm that the key is not for. */
  findKey(kid: string, algorithm: SigningAlgorithm): Promise<KeyObject | null>;
  /** The JSON Web Key Set (RFC 7517) for verifiers; public members only. */
  publicKeys(): { keys: JsonWebKey[] };
}

const PEM_BLOCK = /-----BEGIN (?:RSA |EC )?PRIVATE KEY-----[^]+?-----END (?:RSA |EC )?PRIVATE KEY-----/g;

/** How often the file is read, in milliseconds: a key must be published for longer than this before it signs. */
const KEY_FILE_POLL_MS = 2_000;

/**
 * Parses a text of one or more PEM private keys into a key ring: the first key for the algorithm signs, all keys verify. The text between
 * the keys is ignored.
 *
 * @throws Error when there is no key, a key that is for no algorithm of this system, or no key for the one that signs.
 */
export function parseKeyRing(pem: string, algorithm: SigningAlgorithm = 'RS256'): KeyRing {
  const privateKeys = privateKeysIn(pem);
  if (privateKeys.length === 0) throw new Error('it contains no PEM private key');
  const signingKey = privateKeys.find((key) => algorithmOf(key) === algorithm);
  if (!signingKey)
    throw new Error(`it contains no ${KEY_NAMES[algorithm]} key, which JWT_ALGORITHM=${algorithm} needs`);
  const publicKeys = new Map(
    privateKeys.map((key) => [keyId(key), createPublicKey(key as unknown as string)] as const),
  );
  return {
    signingKey: () => signingKey,
    findKey(kid, ofToken) {
      const key = publicKeys.get(kid);
      return Promise.resolve(key && algorithmOf(key) === ofToken ? key : null);
    },
    publicKeys: () => ({
      keys: [...publicKeys].map(([kid, key]) => ({
        ...key.export({ format: 'jwk' }),
        kid,
        use: 'sig',
        alg: algorithmOf(key),
      })),
    }),
  };
}

const KEY_NAMES: Readonly<Record<SigningAlgorithm, string>> = { RS256: 'RSA', ES256: 'EC' };

/**
 * The private keys of a PEM text, in its order.
 *
 * @throws Error for a key that is malformed, or for no algorithm of this system.
 */
export function privateKeysIn(pem: string): KeyObject[] {
  const keys = (pem.match(PEM_BLOCK) ?? []).map((block) => createPrivateKey(block));
  for (const key of keys) algorithmOf(key);
  return keys;
}

export interface KeyRingSource {
  pem: string;
  /** The file that the keys were read from, which is watched; undefined for the environment, which does not change. */
  file: string | undefined;
}

/**
 * Creates a key ring that re-reads its file, so that keys are rotated without a restart. A file that cannot be read or contains no valid
 * key changes nothing.
 */
export function createKeyRing(
  source: KeyRingSource,
  algorithm: SigningAlgorithm,
  logger: Logger,
): KeyRing & { watch: BackgroundLoop } {
  let text = source.pem;
  let ring = parseKeyRing(text, algorithm);
  let rejected: string | null = null;
  const { file } = source;

  async function step(): Promise<'idle'> {
    if (file === undefined) return 'idle';
    const found = await readFile(file, 'utf8').catch((error: unknown) => `unreadable: ${messageOf(error)}`);
    if (found === text || found === rejected) return 'idle';
    try {
      ring = parseKeyRing(found, algorithm);
      text = found;
      rejected = null;
      logger.info('the signing keys were reloaded', { keys: ring.publicKeys().keys.length });
    } catch (error) {
      rejected = found;
      logger.warn('the signing keys cannot be read; the previous keys stay in use', {
        error: messageOf(error),
      });
    }
    return 'idle';
  }

  return {
    signingKey: () => ring.signingKey(),
    findKey: (kid, ofToken) => ring.findKey(kid, ofToken),
    publicKeys: () => ring.publicKeys(),
    watch: createBackgroundLoop({ name: 'signing keys', step, idleMs: KEY_FILE_POLL_MS, logger }),
  };
}

export interface KeySource {
  /** The variable's name without `_FILE`, for the error text. */
  variable: string;
  /** The keys themselves, PEM. */
  pem: string | undefined;
  /** The path of a PEM file. */
  file: string | undefined;
  /** The algorithm that signs. */
  algorithm: SigningAlgorithm;
}

/**
 * Reads the private keys that sign tokens, from the environment or from a file.
 *
 * @throws ConfigError when there is no key or an invalid one.
 */
export function readSigningKeys({ variable, pem, file, algorithm }: KeySource): KeyRingSource {
  if (pem === undefined && file === undefined) {
    throw new ConfigError([
      `${variable}: set this, or ${variable}_FILE, to an ${KEY_NAMES[algorithm]} key in PEM`,
    ]);
  }
  try {
    const text = pem ?? readFileSync(file ?? '', 'utf8');
    parseKeyRing(text, algorithm);
    return { pem: text, file: pem === undefined ? file : undefined };
  } catch (error) {
    throw new ConfigError([`${pem === undefined ? `${variable}_FILE` : variable}: ${messageOf(error)}`]);
  }
}
