// Makes the secrets of the Order Service in the folder given, unless they are there: a key for the algorithm given, and the
// first key of each file of random keys.
import { createPrivateKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const [, , folder = '.', algorithm] = process.argv;
const OWNER_ONLY = { mode: 0o600 };

const type = algorithm === 'ES256' ? 'ec' : 'rsa';
const keyFile = join(folder, 'private.pem');
const pem = existsSync(keyFile) ? readFileSync(keyFile, 'utf8') : '';
const blocks = pem.match(/-----BEGIN [^]+?-----END .*/g) ?? [];
if (!blocks.some((block) => createPrivateKey(block).asymmetricKeyType === type)) {
  const { privateKey } = generateKeyPairSync(type, { modulusLength: 2048, namedCurve: 'P-256' });
  writeFileSync(keyFile, pem + privateKey.export({ type: 'pkcs8', format: 'pem' }), OWNER_ONLY);
}

for (const name of ['peppers', 'webhook-keys']) {
  const file = join(folder, name);
  if (!existsSync(file)) writeFileSync(file, `${randomBytes(32).toString('base64url')}\n`, OWNER_ONLY);
}
