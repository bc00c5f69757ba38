import { generateKeyPairSync, randomBytes } from 'node:crypto';

const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });

/** One signing key pair for the whole test run, PEM. */
export const testKeys = {
  privatePem: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  publicPem: pair.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
};

/** The key of the hashes of client secrets, for the whole test run. */
export const testPepper = randomBytes(32).toString('base64url');

/** The key that encrypts the secrets of webhooks, for the whole test run. */
export const testWebhookKey = randomBytes(32).toString('base64url');
