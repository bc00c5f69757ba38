import { z } from 'zod';
import { type LookUpTokenStatus } from '../shared/auth/token-status';
import { contextHeaders } from '../shared/observability/context';
import { createServiceClient, type ServiceClient } from '../shared/resilience/service-client';

/** The client id under which the Order Service signs its own tokens; no client can register it. */
const ORDER_SERVICE_CLIENT_ID = 'order-service';

const introspection = z.union([
  z.object({ active: z.literal(true), scope: z.string() }),
  z.object({ active: z.literal(false) }),
]);

export interface TokenIntrospection {
  client: ServiceClient;
  lookUp: LookUpTokenStatus;
}

/** Asks the issuer for the status of a token (RFC 7662). The token itself is the credential, because it may introspect itself. */
export function createTokenIntrospection(orderServiceUrl: string): TokenIntrospection {
  const client = createServiceClient({
    name: 'Order Service',
    baseUrl: orderServiceUrl,
    headers: contextHeaders,
    timeoutMs: 1_000,
  });
  return {
    client,
    async lookUp(claims, token) {
      if (claims.clientId === ORDER_SERVICE_CLIENT_ID) return { active: true, scopes: claims.scopes };
      const answer = await client.send(
        {
          method: 'POST',
          path: '/auth/introspect',
          body: new URLSearchParams({ token }),
          headers: { Authorization: `Bearer ${token}` },
        },
        introspection,
      );
      return answer.active
        ? { active: true, scopes: answer.scope.split(' ').filter(Boolean) }
        : { active: false, scopes: [] };
    },
  };
}
