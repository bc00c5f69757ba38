import { createPrivateKey, createSign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { signingKeyFile } from '../../../scripts/system/preparation/signing-keys';
import { hashSecret, verifySecret } from '../../../src/shared/auth/client-secret';
import { comparedLoad } from '../compared-load';
import { runLoad } from '../load';
import { type Scenario } from '../scenario';

const CONNECTIONS = 32;

/** Token requests with a client secret: dominated by the check of the secret, which is slow by design. */
export const token: Scenario = async ({ stack, options: { seconds, warmUpSeconds }, say }) => {
  const { clientId, secret } = stack.clients.shop;
  const floor = await checksPerSecond(secret, signingKeyFile(stack.folder), seconds);
  const system = await stack.start({ services: ['order-service'] });
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: clientId,
    client_secret: secret,
  }).toString();
  try {
    const result = await runLoad({
      url: system.apiUrl,
      connections: CONNECTIONS,
      warmUpSeconds,
      seconds,
      expectedStatus: 200,
      meter: system.meter(),
      next: () => ({
        method: 'POST',
        path: '/auth/token',
        headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
        body,
      }),
    });
    say(`token: ${result.perSecond.toFixed(0)} tokens/s`);
    const what = 'one check of the secret (scrypt) and one RSA signature, nothing else, 32 at once';
    return [comparedLoad('token', 'tokens', result, { perSecond: floor, what })];
  } finally {
    await system.stop();
  }
};

async function checksPerSecond(secret: string, keyFile: string, seconds: number): Promise<number> {
  const hash = await hashSecret(secret);
  const key = createPrivateKey(readFileSync(keyFile));
  const start = performance.now();
  let count = 0;
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      for (; performance.now() - start < seconds * 1_000; count += 1) {
        await verifySecret(secret, hash);
        createSign('sha256').update(hash).sign(key);
      }
    }),
  );
  return (count / (performance.now() - start)) * 1_000;
}
