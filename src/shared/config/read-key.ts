import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { messageOf } from '../errors';
import { ConfigError } from './read-env';

export interface KeySource {
  /** The variable's name without `_FILE`, for the error line. */
  variable: string;
  /** The key itself, PEM. */
  pem: string | undefined;
  /** The path of a PEM file. */
  file: string | undefined;
}

/** The RSA private key that signs tokens, from the environment or from a file. */
export function readPrivateKey(source: KeySource): KeyObject {
  return parseKey(source, createPrivateKey);
}

/** The RSA public key that verifies tokens, from the environment or from a file. */
export function readPublicKey(source: KeySource): KeyObject {
  return parseKey(source, createPublicKey);
}

function parseKey(source: KeySource, parse: (pem: string) => KeyObject): KeyObject {
  if (source.pem === undefined && source.file === undefined) {
    throw new ConfigError([`${source.variable}: set this, or ${source.variable}_FILE, to an RSA key in PEM`]);
  }
  try {
    const key = parse(source.pem ?? readFileSync(source.file ?? '', 'utf8'));
    const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
    if (key.asymmetricKeyType !== 'rsa' || bits < 2048)
      throw new Error('must be an RSA key of at least 2048 bits');
    return key;
  } catch (error) {
    const name = source.pem === undefined ? `${source.variable}_FILE` : source.variable;
    throw new ConfigError([`${name}: ${messageOf(error)}`]);
  }
}
