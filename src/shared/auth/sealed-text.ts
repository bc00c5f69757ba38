import { createCipheriv, createDecipheriv, randomBytes, scrypt, type ScryptOptions } from 'node:crypto';
import { promisify } from 'node:util';

const derive = promisify<string, Buffer, number, ScryptOptions, Buffer>(scrypt);

const CIPHER = 'aes-256-gcm';
const COST = { N: 16_384, r: 8, p: 1 };
const [SALT_BYTES, IV_BYTES, TAG_BYTES, KEY_BYTES] = [16, 12, 16, 32];

/** Encrypts text so that only who knows the password can read it again: AES-256-GCM under a key from scrypt, base64url. */
export async function seal(text: string, password: string): Promise<string> {
  const [salt, iv] = [randomBytes(SALT_BYTES), randomBytes(IV_BYTES)];
  const cipher = createCipheriv(CIPHER, await derive(password, salt, KEY_BYTES, COST), iv);
  const encrypted = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return Buffer.concat([salt, iv, cipher.getAuthTag(), encrypted]).toString('base64url');
}

/** @throws Error when the password is another one, or the text was changed. */
export async function unseal(sealed: string, password: string): Promise<string> {
  const bytes = Buffer.from(sealed, 'base64url');
  const salt = bytes.subarray(0, SALT_BYTES);
  const iv = bytes.subarray(SALT_BYTES, SALT_BYTES + IV_BYTES);
  const tag = bytes.subarray(SALT_BYTES + IV_BYTES, SALT_BYTES + IV_BYTES + TAG_BYTES);
  const decipher = createDecipheriv(CIPHER, await derive(password, salt, KEY_BYTES, COST), iv);
  decipher.setAuthTag(tag);
  const encrypted = bytes.subarray(SALT_BYTES + IV_BYTES + TAG_BYTES);
  return Buffer.concat([decipher.update(encrypted), decipher.final()]).toString('utf8');
}
