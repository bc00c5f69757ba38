// Makes the pair of keys that signs and verifies access tokens, in the folder given, unless it is there.
import { generateKeyPairSync } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = process.argv[2] ?? '.';

if (!existsSync(join(folder, 'public.pem'))) {
  const pair = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  writeFileSync(join(folder, 'private.pem'), pair.privateKey, { mode: 0o600 });
  writeFileSync(join(folder, 'public.pem'), pair.publicKey);
}
