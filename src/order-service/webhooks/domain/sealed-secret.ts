import { createCipheriv, createDecipheriv, createHmac, hkdfSync } from 'node:crypto';

/** Encrypts the secrets of endpoints for the database, with keys that are not in the database. */
export interface SecretSealing {
  /** Encrypts with the current key, for one endpoint. */
  seal(secret: Buffer, endpointId: string): Buffer;
  /**
   * Decrypts with the key that a sealed secret names.
   *
   * @throws Error when no configured key has sealed it, it was changed, or it was sealed for another endpoint.
   */
  open(sealed: Buffer, endpointId: string): Buffer;
  /** With what the secrets that the current key has sealed begin; all others are to be sealed again, so that their keys can be removed. */
  readonly currentPrefix: Buffer;
  /** The same of the other keys. */
  readonly formerPrefixes: readonly Buffer[];
}

const VERSION = 1;
const ID_BYTES = 8;
const PREFIX_BYTES = 1 + ID_BYTES;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;
const CIPHER = 'aes-256-gcm';
const PURPOSE = 'order-processing-system webhook secrets';

/**
 * AES-256-GCM (NIST SP 800-38D) with a random nonce. A sealed secret is the version of its form, the id of the key, the nonce, the
 * authentication tag and the encrypted secret. The id of the endpoint is authenticated too, so that a sealed secret that is copied to
 * another endpoint does not open.
 *
 * @param keys 32 or more random bytes each: the first one seals, all open.
 * @param randomBytes creates nonces.
 */
export function createSecretSealing(
  keys: readonly Buffer[],
  randomBytes: (count: number) => Buffer,
): SecretSealing {
  const derived = keys.map(deriveKey);
  const [current, ...former] = derived;
  if (!current) throw new Error('there is no key for the secrets of webhooks');
  return {
    seal(secret, endpointId) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv(CIPHER, current.key, nonce).setAAD(aad(endpointId));
      const encrypted = Buffer.concat([cipher.update(secret), cipher.final()]);
      return Buffer.concat([current.prefix, nonce, cipher.getAuthTag(), encrypted]);
    },
    open(sealed, endpointId) {
      const { prefix, nonce, tag, encrypted } = partsOf(sealed);
      const known = derived.find((key) => key.prefix.equals(prefix));
      if (!known) throw new Error('the secret of a webhook was sealed with a key that is not configured');
      const decipher = createDecipheriv(CIPHER, known.key, nonce, { authTagLength: TAG_BYTES });
      decipher.setAAD(aad(endpointId)).setAuthTag(tag);
      return Buffer.concat([decipher.update(encrypted), decipher.final()]);
    },
    currentPrefix: current.prefix,
    formerPrefixes: former.map(({ prefix }) => prefix),
  };
}

/** The prefix is the version of the form and the id of the key, which follows from the key: all instances give it the same id. */
function deriveKey(bytes: Buffer): { prefix: Buffer; key: Buffer } {
  const id = createHmac('sha256', bytes).update(`${PURPOSE}: id`).digest().subarray(0, ID_BYTES);
  return {
    prefix: Buffer.concat([Buffer.of(VERSION), id]),
    key: Buffer.from(hkdfSync('sha256', bytes, '', PURPOSE, KEY_BYTES)),
  };
}

const aad = (endpointId: string): Buffer => Buffer.from(endpointId.toLowerCase());

/** @throws Error */
function partsOf(sealed: Buffer): { prefix: Buffer; nonce: Buffer; tag: Buffer; encrypted: Buffer } {
  const nonceAt = PREFIX_BYTES;
  const tagAt = nonceAt + NONCE_BYTES;
  const textAt = tagAt + TAG_BYTES;
  if (sealed[0] !== VERSION || sealed.length <= textAt)
    throw new Error('a sealed secret has an unknown form');
  return {
    prefix: sealed.subarray(0, nonceAt),
    nonce: sealed.subarray(nonceAt, tagAt),
    tag: sealed.subarray(tagAt, textAt),
    encrypted: sealed.subarray(textAt),
  };
}
