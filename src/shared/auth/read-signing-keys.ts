import { readFileSync } from 'node:fs';
import { type KeyRingSource } from './key-ring-file';
import { parseKeyRing } from './key-ring';
import { messageOf } from '../errors';
import { ConfigError } from '../config/read-env';

export interface KeySource {
  /** The variable's name without `_FILE`, for the error line. */
  variable: string;
  /** The keys themselves, PEM. */
  pem: string | undefined;
  /** The path of a PEM file. */
  file: string | undefined;
}

/**
 * The RSA private keys that sign tokens, from the environment or from a file.
 *
 * @throws ConfigError when there is none, or one that is no good.
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
