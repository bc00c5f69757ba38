// Makes the secrets of the Order Service in the folder given, unless they are there: the key that signs access tokens, and a pepper.
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = process.argv[2] ?? '.';
const OWNER_ONLY = { mode: 0o600 };

const keyFile = join(folder, 'private.pem');
if (!existsSync(keyFile)) {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  writeFileSync(keyFile, privateKey.export({ type: 'pkcs8', format: 'pem' }), OWNER_ONLY);
}

const pepperFile = join(folder, 'peppers');
if (!existsSync(pepperFile))
  writeFileSync(pepperFile, `${randomBytes(32).toString('base64url')}\n`, OWNER_ONLY);
