import { generateKeyPairSync } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { privateKeysIn } from '../../../src/shared/auth/key-ring';
import {
  algorithmOf,
  SIGNING_ALGORITHMS,
  type SigningAlgorithm,
} from '../../../src/shared/auth/signing-algorithm';
import { OperatorError } from '../operator-error';
import { type Infra, type Settings } from '../settings';
import { writeSecretFile } from './secret-file';

/** The file of this copy with the keys that sign access tokens. */
export function signingKeyFile(stateFolder: string): string {
  return join(stateFolder, 'keys', 'private.pem');
}

/**
 * The file that the Order Service reads its keys from. If the script runs the infrastructure, a file in `.env` is only for services that are
 * run from a shell.
 */
export function signingKeyFileInForce(settings: Settings, infra: Infra | null): string {
  const { stateFolder, environment, ownEnvironment } = settings;
  const named = infra === 'external' ? environment : ownEnvironment;
  return named['JWT_PRIVATE_KEY_FILE'] || signingKeyFile(stateFolder);
}

/**
 * The algorithm of the signing keys that the scripts create.
 * @throws OperatorError for a value that the Order Service would refuse
 */
export function signingAlgorithm({ environment }: Pick<Settings, 'environment'>): SigningAlgorithm {
  const value = environment['JWT_ALGORITHM'] ?? 'RS256';
  const algorithm = SIGNING_ALGORITHMS.find((one) => one === value);
  if (!algorithm) throw new OperatorError(`JWT_ALGORITHM: must be ${SIGNING_ALGORITHMS.join(' or ')}`);
  return algorithm;
}

/** Adds a key for the algorithm to the file of this copy, unless it has one. */
export function ensureSigningKey(stateFolder: string, algorithm: SigningAlgorithm = 'RS256'): void {
  const file = signingKeyFile(stateFolder);
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  if (!hasKeyFor(text, algorithm)) writeSecretFile(file, text + newSigningKey(algorithm));
}

/** A file that cannot be parsed is not changed: the Order Service names its fault. */
function hasKeyFor(pem: string, algorithm: SigningAlgorithm): boolean {
  try {
    return privateKeysIn(pem).some((key) => algorithmOf(key) === algorithm);
  } catch {
    return true;
  }
}

/** A new RSA key of 2048 bits, or EC key of the curve P-256; PKCS #8, PEM. */
export function newSigningKey(algorithm: SigningAlgorithm = 'RS256'): string {
  const { privateKey } =
    algorithm === 'ES256'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : generateKeyPairSync('rsa', { modulusLength: 2048 });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}
