import { createPrivateKey, createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { keyId } from './access-token';

/** The keys of the issuer: one that signs, and all that are published. */
export interface KeyRing {
  signingKey(): KeyObject;
  /** The public half of a key of the ring. */
  findKey(kid: string): Promise<KeyObject | null>;
  /** The JSON Web Key Set (RFC 7517) for verifiers; public members only. */
  publicKeys(): { keys: JsonWebKey[] };
}

const PEM_BLOCK = /-----BEGIN (?:RSA )?PRIVATE KEY-----[^]+?-----END (?:RSA )?PRIVATE KEY-----/g;

/**
 * The ring that a text of one or more PEM private keys describes: the first one signs, all of them verify. Text between the blocks
 * is free.
 *
 * @throws Error when there is no key, or one that is not RSA of at least 2048 bits.
 */
export function parseKeyRing(pem: string): KeyRing {
  const blocks = pem.match(PEM_BLOCK);
  if (!blocks) throw new Error('there is no PEM private key in it');
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
