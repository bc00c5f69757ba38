import { clientCredentials } from '../../../client/api-client';
import { messageOf } from '../../../src/shared/errors';
import { OperatorError } from '../operator-error';

/** "refused": the service works, but the client has another secret, is disabled, or does not exist. */
export type DemoToken = 'given' | 'refused';

/**
 * Requests an access token for a demo client.
 * @param origin of the Order Service, such as http://127.0.0.1:3001
 * @throws OperatorError when no client could get one
 */
export async function fetchDemoToken(
  origin: string,
  clientId = 'demo-client',
  clientSecret = 'demo-secret',
): Promise<DemoToken> {
  try {
    await clientCredentials(origin, { clientId, clientSecret })();
    return 'given';
  } catch (cause) {
    if (messageOf(cause).includes('invalid_client')) return 'refused';
    throw new OperatorError(`No token for ${clientId}: ${messageOf(cause)}`);
  }
}
