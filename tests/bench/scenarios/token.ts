import { createHmac, createPrivateKey, randomBytes, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { signingKeyFile } from '../../../scripts/system/preparation/signing-keys';
import { comparedLoad } from '../compared-load';
import { runLoad } from '../load';
import { type Scenario } from '../scenario';

const CONNECTIONS = 32;

/** Token requests with a client secret: dominated by the signature. */
export const token: Scenario = async ({ stack, options: { seconds, warmUpSeconds }, say }) => {
  const { clientId, secret } = stack.clients.shop;
  const floor = await signaturesPerSecond(secret, signingKeyFile(stack.folder), seconds);
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
    const what = 'one HMAC of the secret and one RSA signature in the thread pool, nothing else, 32 at once';
    return [comparedLoad('token', 'tokens', result, { perSecond: floor, what })];
  } finally {
    await system.stop();
  }
};

const signInThreadPool = promisify(sign);

async function signaturesPerSecond(secret: string, keyFile: string, seconds: number): Promise<number> {
  const pepper = randomBytes(32);
  const key = createPrivateKey(readFileSync(keyFile));
  const start = performance.now();
  let count = 0;
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      for (; performance.now() - start < seconds * 1_000; count += 1) {
        const digest = createHmac('sha256', pepper).update(secret).digest();
        await signInThreadPool('sha256', digest, key);
      }
    }),
  );
  return (count / (performance.now() - start)) * 1_000;
}
