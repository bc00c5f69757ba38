import { readFileSync } from 'node:fs';
import { messageOf } from '../errors';
import { ConfigError } from './read-env';

const MIN_BYTES = 32;

export interface SecretKeySource {
  /** The variable's name without `_FILE`, for the error text. */
  variable: string;
  /** The keys themselves. */
  text: string | undefined;
  /** The path of a file with them. */
  file: string | undefined;
}

/**
 * Reads secret keys, separated by commas or white space, from the environment or from a file.
 *
 * @param noun what the error texts call a key.
 * @throws ConfigError when there is none, or one that is too short, malformed or listed twice.
 */
export function readSecretKeys({ variable, text, file }: SecretKeySource, noun: string): Buffer[] {
  if (text === undefined && file === undefined) {
    throw new ConfigError([
      `${variable}: set this, or ${variable}_FILE, to ${String(MIN_BYTES)} or more random bytes in base64`,
    ]);
  }
  try {
    return parseKeys(text ?? readFileSync(file ?? '', 'utf8'), noun);
  } catch (error) {
    throw new ConfigError([`${text === undefined ? `${variable}_FILE` : variable}: ${messageOf(error)}`]);
  }
}

/** @throws Error */
function parseKeys(text: string, noun: string): Buffer[] {
  const words = text.split(/[\s,]+/).filter(Boolean);
  if (words.length === 0) throw new Error(`it contains no ${noun}`);
  const keys = words.map((word) => {
    const bytes = Buffer.from(word, 'base64url');
    if (!/^[\w+/-]+={0,2}$/.test(word)) throw new Error(`each ${noun} must be in base64 or base64url`);
    if (bytes.length < MIN_BYTES)
      throw new Error(`each ${noun} must have at least ${String(MIN_BYTES)} bytes`);
    return bytes;
  });
  if (new Set(keys.map((key) => key.toString('hex'))).size < keys.length)
    throw new Error(`a ${noun} is listed twice`);
  return keys;
}
