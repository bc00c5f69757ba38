import { generateKeyPairSync } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const OWNER_ONLY = 0o600;

/** Where the keys lie that sign access tokens. */
export function signingKeyFile(stateFolder: string): string {
  return join(stateFolder, 'keys', 'private.pem');
}

/** Makes the first key if there is none. */
export function ensureSigningKey(stateFolder: string): void {
  const file = signingKeyFile(stateFolder);
  if (existsSync(file)) return;
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(file, newSigningKey(), { mode: OWNER_ONLY });
}

/** A fresh RSA key of 2048 bits, PKCS #8, PEM. */
export function newSigningKey(): string {
  return generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  }).privateKey;
}
