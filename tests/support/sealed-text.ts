import { createCipheriv, randomBytes, scryptSync } from 'node:crypto';

/** Encrypts text like the previous version, which stored the answers to registrations in this form. */
export function seal(text: string, password: string): string {
  const [salt, iv] = [randomBytes(16), randomBytes(12)];
  const key = scryptSync(password, salt, 32, { N: 16_384, r: 8, p: 1 });
  const cipher = createCipheriv('aes-256-gcm', key, iv);
  const encrypted = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return Buffer.concat([salt, iv, cipher.getAuthTag(), encrypted]).toString('base64url');
}
