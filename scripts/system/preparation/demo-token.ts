import { clientCredentials } from '../../../client/api-client';
import { messageOf } from '../../../src/shared/errors';
import { OperatorError } from '../operator-error';

const DEMO_CLIENT = { clientId: 'demo-client', clientSecret: 'demo-secret' };

/**
 * Fetches an access token as the demo client would.
 * @param origin where the Order Service is, such as http://127.0.0.1:3001
 * @throws OperatorError when none is given: then nobody could place an order
 */
export async function fetchDemoToken(origin: string): Promise<string> {
  try {
    return await clientCredentials(origin, DEMO_CLIENT)();
  } catch (cause) {
    throw new OperatorError(`No token for demo-client: ${messageOf(cause)}`);
  }
}
