import createClient, { type Client, type Middleware } from 'openapi-fetch';
import { type paths as DeliveryServicePaths } from './delivery-service';
import { type paths as OrderServicePaths } from './order-service';

export type OrderServiceClient = Client<OrderServicePaths>;
export type DeliveryServiceClient = Client<DeliveryServicePaths>;

export interface ClientOptions {
  /** Such as `http://localhost:3001`. */
  baseUrl: string;
  /** Gives the bearer token for the next request; see {@link clientCredentials}. */
  token: () => Promise<string>;
}

/** A typed client of the Order Service. Errors are values: `{ data, error, response }`. */
export function createOrderServiceClient({ baseUrl, token }: ClientOptions): OrderServiceClient {
  const client = createClient<OrderServicePaths>({ baseUrl });
  client.use(bearer(token));
  return client;
}

/** A typed client of the Delivery Service, with the same tokens. */
export function createDeliveryServiceClient({ baseUrl, token }: ClientOptions): DeliveryServiceClient {
  const client = createClient<DeliveryServicePaths>({ baseUrl });
  client.use(bearer(token));
  return client;
}

/** The operations on refused events, which both services have. */
export type OutboxClient = Client<Pick<OrderServicePaths, '/outbox/refused' | '/outbox/refused/retry'>>;

/** A typed client of the outbox of either service. */
export const createOutboxClient: (options: ClientOptions) => OutboxClient = createOrderServiceClient;

export interface Credentials {
  clientId: string;
  clientSecret: string;
  /** Fewer scopes than the client has, separated by spaces. */
  scope?: string;
}

/** How long before its end a token is renewed, in milliseconds. */
const RENEW_BEFORE_MS = 60_000;

/**
 * Tokens by client credentials (RFC 6749 §4.4), fetched once and renewed a minute before they end.
 *
 * @throws Error when the token endpoint refuses.
 */
export function clientCredentials(orderServiceUrl: string, credentials: Credentials): () => Promise<string> {
  let known: ReturnType<typeof fetchToken> | undefined;
  return async () => {
    const current = await known?.catch(() => undefined);
    if (current && current.until > Date.now()) return current.token;
    known = fetchToken(orderServiceUrl, credentials);
    return (await known).token;
  };
}

async function fetchToken(orderServiceUrl: string, { clientId, clientSecret, scope }: Credentials) {
  const response = await fetch(`${orderServiceUrl}/auth/token`, {
    method: 'POST',
    headers: { Authorization: `Basic ${basic(clientId, clientSecret)}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', ...(scope !== undefined && { scope }) }),
  });
  const body = (await response.json()) as { access_token: string; expires_in: number; error?: string };
  if (!response.ok) throw new Error(`no access token for ${clientId}: ${body.error ?? response.statusText}`);
  return { token: body.access_token, until: Date.now() + body.expires_in * 1_000 - RENEW_BEFORE_MS };
}

/** RFC 6749 §2.3.1: both parts are form-encoded before they are joined. */
function basic(clientId: string, clientSecret: string): string {
  return Buffer.from(`${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret)}`).toString(
    'base64',
  );
}

function bearer(token: () => Promise<string>): Middleware {
  return {
    async onRequest({ request }) {
      request.headers.set('Authorization', `Bearer ${await token()}`);
      return request;
    },
  };
}
