import { OperatorError } from '../operator-error';

const DEMO_CLIENT = {
  grant_type: 'client_credentials',
  client_id: 'demo-client',
  client_secret: 'demo-secret',
};

/**
 * Fetches an access token as the demo client would.
 * @param origin where the Order Service is, such as http://127.0.0.1:3001
 * @throws OperatorError when none is given: then nobody could place an order
 */
export async function fetchDemoToken(origin: string): Promise<string> {
  const answer = await fetch(`${origin}/auth/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(DEMO_CLIENT),
    signal: AbortSignal.timeout(5000),
  });
  const body = await answer.text();
  if (!answer.ok)
    throw new OperatorError(`No token for demo-client (HTTP ${String(answer.status)}):`, [body]);
  return (JSON.parse(body) as { access_token: string }).access_token;
}
