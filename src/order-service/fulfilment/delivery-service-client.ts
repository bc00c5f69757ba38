import { signAccessToken, type TokenSigner } from '../../shared/auth/access-token';
import { ORDER_SERVICE_CLIENT_ID } from '../../shared/contracts/shipment-resource';
import { contextHeaders } from '../../shared/observability/context';
import { createServiceClient, type ServiceClient } from '../../shared/resilience/service-client';

const TOKEN_SECONDS = 300;

/** Calls the Delivery Service with short-lived tokens that this service signs for itself. */
export function createDeliveryServiceClient(baseUrl: string, signer: TokenSigner): ServiceClient {
  const ownSigner = { ...signer, expiresIn: TOKEN_SECONDS };
  return createServiceClient({
    name: 'Delivery Service',
    baseUrl,
    // Repeats included: whoever waits for the answer has a request to answer within 2 s.
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
