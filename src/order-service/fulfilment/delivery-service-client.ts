import { setMaxListeners } from 'node:events';
import { signAccessToken, type TokenSigner } from '../../shared/auth/access-token';
import { ORDER_SERVICE_CLIENT_ID } from '../../shared/contracts/shipment-resource';
import { contextHeaders } from '../../shared/observability/context';
import { UNAVAILABLE } from '../../shared/contracts/problem';
import { AppError } from '../../shared/errors';
import { createConcurrencyLimit } from '../../shared/resilience/concurrency-limit';
import { createServiceClient, type ServiceClient } from '../../shared/resilience/service-client';

const TOKEN_SECONDS = 300;

/** A client of the Delivery Service, with short-lived tokens that the Order Service signs for itself. */
export function createDeliveryServiceClient(baseUrl: string, signer: TokenSigner): ServiceClient {
  const ownSigner = { ...signer, expiresIn: TOKEN_SECONDS };
  return createServiceClient({
    name: 'Delivery Service',
    baseUrl,
    // Includes retries: the request that waits for this call must be answered within 2 s.
    timeoutMs: 1_500,
    token: () =>
      signAccessToken(ownSigner, ORDER_SERVICE_CLIENT_ID, [
        'shipment:read',
        'shipment:write',
        'order:manage',
      ]),
    headers: contextHeaders,
  });
}

/** The limits of calls that no request waits for. */
const BACKGROUND = { max: 10, maxWaiting: 10_000, maxWaitMs: 30_000 };

/**
 * The same client for consumers and repairs, which make at most ten calls at a time together, so that they never take the connections and
 * the time of the Delivery Service from requests.
 */
export function backgroundClient(client: ServiceClient): ServiceClient {
  const refusal = (): Error => new AppError(UNAVAILABLE, 'too many calls wait for the Delivery Service');
  const limit = createConcurrencyLimit({ ...BACKGROUND, refusal });
  const { signal } = new AbortController();
  setMaxListeners(0, signal);
  const run = { key: 'background', signal };
  return {
    ...client,
    send: (call, schema) => limit(run, () => client.send(call, schema)),
    get: (path, schema, params) => limit(run, () => client.get(path, schema, params)),
  };
}
