import { type DemoClient } from './demo-secrets';
import { type HttpRequest, type Story } from './story';

export const tokenRequest = ({ orderUrl, secrets }: Story, client_id: DemoClient): HttpRequest => {
  const { value, variable } = secrets[client_id];
  return {
    method: 'POST',
    url: `${orderUrl}/auth/token`,
    body: { grant_type: 'client_credentials', client_id, client_secret: value },
    ...(variable !== null && { secret: { value, variable } }),
  };
};

export const placeRequest = ({ orderUrl, run }: Story, quantity = 1): HttpRequest => ({
  method: 'POST',
  url: `${orderUrl}/orders`,
  token: 'TOKEN',
  headers: { 'Idempotency-Key': `demo-${run}` },
  body: { customer_id: `ada-${run}`, items: [{ product_id: 'lamp', quantity, unit_price: 79.9 }] },
});

/** A request for the order whose id is in a variable, or for a path below it. */
export const orderRequest = (
  { orderUrl, variables }: Story,
  name: string,
  { path = '', token = 'TOKEN' } = {},
): HttpRequest => ({
  method: 'GET',
  url: `${orderUrl}/orders/${variables[name] ?? ''}${path}`,
  token,
});

export const cancelRequest = (story: Story, name: string): HttpRequest => ({
  ...orderRequest(story, name, { path: '/cancel' }),
  method: 'POST',
});

/** The webhook endpoint of the demo, or a path below it. */
export const webhookRequest = ({ orderUrl, variables }: Story, path = ''): HttpRequest => ({
  method: 'GET',
  url: `${orderUrl}/webhooks/${variables['WEBHOOK_ID'] ?? ''}${path}`,
  token: 'TOKEN',
});

/** The product of the demo, or a path below it. */
export const productRequest = ({ orderUrl, run }: Story, path = ''): HttpRequest => ({
  method: 'GET',
  url: `${orderUrl}/products/sku:chair-${run}${path}`,
  token: 'TOKEN',
});
