import { clientCredentials } from '../../../client/api-client';
import { messageOf } from '../../../src/shared/errors';
import { OperatorError } from '../operator-error';

/** "refused": the client has another secret, is disabled, or does not exist; the service works. */
export type DemoToken = 'given' | 'refused';

/**
 * Asks for an access token as a demo client would.
 * @param origin where the Order Service is, such as http://127.0.0.1:3001
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
