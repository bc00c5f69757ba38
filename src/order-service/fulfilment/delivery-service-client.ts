import { signAccessToken, type TokenSigner } from '../../shared/auth/access-token';
import { ORDER_SERVICE_CLIENT_ID } from '../../shared/contracts/shipment-resource';
import { contextHeaders } from '../../shared/observability/context';
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
