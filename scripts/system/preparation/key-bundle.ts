import { createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { keyId, type SigningAlgorithm } from '../../../src/shared/auth/signing-algorithm';
import { timestamp } from '../../../src/shared/contracts/timestamps';
import { messageOf } from '../../../src/shared/errors';
import { OperatorError } from '../operator-error';
import { commandLine } from '../terminal';
import { writeSecretFile } from './secret-file';
import { newSigningKey } from './signing-keys';

const BLOCK =
  /(?:^retire-after: (\S+)\n)?^(-----BEGIN (?:RSA |EC )?PRIVATE KEY-----[^]+?-----END (?:RSA |EC )?PRIVATE KEY-----)/gm;

/** The keys of a PEM file in order: the first key signs, all keys verify. */
export type KeyBundle = readonly {
  pem: string;
  /** Expiry of the last token that it signed; null for the current or next signing key. */
  retireAfter: Date | null;
}[];

/** @throws OperatorError when the file cannot be read or contains no key */
export function readBundle(file: string): KeyBundle {
  const bundle = [...textOf(file).matchAll(BLOCK)].map(([, retireAfter, pem = '']) => ({
    pem,
    retireAfter: retireAfter === undefined ? null : timeOf(retireAfter, file),
  }));
  if (bundle.length === 0) throw new OperatorError(`${file} holds no private key in PEM.`);
  return bundle;
}

/** An invalid time must not count as past: its key would be removed, and valid tokens refused. */
function timeOf(text: string, file: string): Date {
  if (timestamp.safeParse(text).success) return new Date(text);
  throw new OperatorError(`${file} has a retire-after that is not a time: ${text}`);
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      throw new OperatorError(
        `There is no file ${file} with signing keys; ${commandLine('up')} creates that of this copy.`,
      );
    throw new OperatorError(`The signing keys cannot be read: ${messageOf(error)}`);
  }
}

/** Adds a new key at the end: it is published but does not sign yet. */
export function addKey(bundle: KeyBundle, algorithm: SigningAlgorithm): { bundle: KeyBundle; kid: string } {
  const pem = newSigningKey(algorithm).trim();
  return { bundle: [...bundle, { pem, retireAfter: null }], kid: keyId(createPrivateKey(pem)) };
}

/** Moves the last key to the front, so that it signs; the others are kept until `retireAfter`. */
export function promoteKey(bundle: KeyBundle, retireAfter: Date): KeyBundle {
  const [newest, ...others] = [bundle.at(-1), ...bundle.slice(0, -1)];
  const retired = others.flatMap((key) =>
    key ? [{ pem: key.pem, retireAfter: key.retireAfter ?? retireAfter }] : [],
  );
  return newest ? [newest, ...retired] : retired;
}

/** Replaces the file atomically, so that a service never reads a partial file. */
export function writeBundle(file: string, bundle: KeyBundle): void {
  const blocks = bundle.map(({ pem, retireAfter }) =>
    retireAfter ? `retire-after: ${retireAfter.toISOString()}\n${pem}\n` : `${pem}\n`,
  );
  writeSecretFile(file, blocks.join('\n'));
}
