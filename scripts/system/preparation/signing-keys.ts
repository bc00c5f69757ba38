import { generateKeyPairSync } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const OWNER_ONLY = 0o600;

/** Where the pair of keys lies that signs and verifies access tokens. */
export function signingKeyFiles(stateFolder: string): { privateKey: string; publicKey: string } {
  const folder = join(stateFolder, 'keys');
  return { privateKey: join(folder, 'private.pem'), publicKey: join(folder, 'public.pem') };
}

/** Makes the pair of keys if there is none: RSA 2048, PKCS #8 and SPKI, PEM. */
export function ensureSigningKeys(stateFolder: string): void {
  const files = signingKeyFiles(stateFolder);
  if (existsSync(files.privateKey) && existsSync(files.publicKey)) return;
  const pair = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  mkdirSync(join(stateFolder, 'keys'), { recursive: true, mode: 0o700 });
  writeFileSync(files.privateKey, pair.privateKey, { mode: OWNER_ONLY });
  writeFileSync(files.publicKey, pair.publicKey);
}
