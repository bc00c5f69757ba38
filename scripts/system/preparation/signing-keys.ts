import { generateKeyPairSync } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Infra, type Settings } from '../settings';

const OWNER_ONLY = 0o600;

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

/** Creates the first key if there is none. Written to a temporary file and renamed, so that an interruption leaves no partial key. */
export function ensureSigningKey(stateFolder: string): void {
  const file = signingKeyFile(stateFolder);
  if (existsSync(file)) return;
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(`${file}.new`, newSigningKey(), { mode: OWNER_ONLY });
  renameSync(`${file}.new`, file);
}

/** A new RSA key of 2048 bits, PKCS #8, PEM. */
export function newSigningKey(): string {
  return generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  }).privateKey;
}
