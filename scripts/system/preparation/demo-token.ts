import { clientCredentials } from '../../../client/api-client';
import { messageOf } from '../../../src/shared/errors';
import { OperatorError } from '../operator-error';

const DEMO_CLIENT = { clientId: 'demo-client', clientSecret: 'demo-secret' };

/**
 * Whether the demo client gets an access token with the secret that everybody knows. False: it was rotated, disabled or deleted, or never
 * was there.
 *
 * @param origin where the Order Service is, such as http://127.0.0.1:3001
 * @throws OperatorError when the service gives no token for another reason: then nobody could place an order
 */
export async function demoClientWorks(origin: string): Promise<boolean> {
  try {
    await clientCredentials(origin, DEMO_CLIENT)();
    return true;
  } catch (cause) {
    const message = messageOf(cause);
    if (message.includes('invalid_client')) return false;
    throw new OperatorError(`No token for demo-client: ${message}`);
  }
}
