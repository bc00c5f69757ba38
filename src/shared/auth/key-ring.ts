import { createPrivateKey, createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { ConfigError } from '../config/read-env';
import { messageOf } from '../errors';
import { type Logger } from '../observability/logger';
import { type BackgroundLoop, createBackgroundLoop } from '../runtime/background-loop';
import { keyId } from './access-token';

/** The keys of the issuer: one signs, all are published. */
export interface KeyRing {
  signingKey(): KeyObject;
  /** The public key of a key pair of the ring; null for another key id. */
  findKey(kid: string): Promise<KeyObject | null>;
  /** The JSON Web Key Set (RFC 7517) for verifiers; public members only. */
  publicKeys(): { keys: JsonWebKey[] };
}

const PEM_BLOCK = /-----BEGIN (?:RSA )?PRIVATE KEY-----[^]+?-----END (?:RSA )?PRIVATE KEY-----/g;

/** How often the file is read, in milliseconds: a key must be published for longer than this before it signs. */
const KEY_FILE_POLL_MS = 2_000;

/**
 * Parses a text of one or more PEM private keys into a key ring: the first key signs, all keys verify. The text between the keys is
 * ignored.
 *
 * @throws Error when there is no key, or one that is not RSA of at least 2048 bits.
 */
export function parseKeyRing(pem: string): KeyRing {
  const blocks = pem.match(PEM_BLOCK);
  if (!blocks) throw new Error('it contains no PEM private key');
  const privateKeys = blocks.map(parseRsaKey);
  const publicKeys = new Map(
    privateKeys.map((key) => [keyId(key), createPublicKey(key as unknown as string)] as const),
  );
  const [signingKey] = privateKeys as [KeyObject];
  return {
    signingKey: () => signingKey,
    findKey: (kid) => Promise.resolve(publicKeys.get(kid) ?? null),
    publicKeys: () => ({
      keys: [...publicKeys].map(([kid, key]) => ({
        ...key.export({ format: 'jwk' }),
        kid,
        use: 'sig',
        alg: 'RS256',
      })),
    }),
  };
}

function parseRsaKey(block: string): KeyObject {
  const key = createPrivateKey(block);
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
  if (key.asymmetricKeyType !== 'rsa' || bits < 2048)
    throw new Error('must be an RSA key of at least 2048 bits');
  return key;
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
export function createKeyRing(source: KeyRingSource, logger: Logger): KeyRing & { watch: BackgroundLoop } {
  let text = source.pem;
  let ring = parseKeyRing(text);
  let rejected: string | null = null;
  const { file } = source;

  async function step(): Promise<'idle'> {
    if (file === undefined) return 'idle';
    const found = await readFile(file, 'utf8').catch((error: unknown) => `unreadable: ${messageOf(error)}`);
    if (found === text || found === rejected) return 'idle';
    try {
      ring = parseKeyRing(found);
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
    findKey: (kid) => ring.findKey(kid),
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
}

/**
 * Reads the RSA private keys that sign tokens, from the environment or from a file.
 *
 * @throws ConfigError when there is no key or an invalid one.
 */
export function readSigningKeys({ variable, pem, file }: KeySource): KeyRingSource {
  if (pem === undefined && file === undefined) {
    throw new ConfigError([`${variable}: set this, or ${variable}_FILE, to an RSA key in PEM`]);
  }
  try {
    const text = pem ?? readFileSync(file ?? '', 'utf8');
    parseKeyRing(text);
    return { pem: text, file: pem === undefined ? file : undefined };
  } catch (error) {
    throw new ConfigError([`${pem === undefined ? `${variable}_FILE` : variable}: ${messageOf(error)}`]);
  }
}
