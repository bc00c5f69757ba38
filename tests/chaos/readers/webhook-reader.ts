import { orderApi } from '../api';
import { type Stack } from '../stack';
import { type EventReader } from './reader';

/** Creates a webhook endpoint for the orders of a client, at the receiver of the stack. */
export async function registerWebhooks(
  { apiUrl, receiver, receiverUrl }: Stack,
  owner: string,
): Promise<EventReader> {
  const path = `/${owner}`;
  const { status, text } = await orderApi(apiUrl)({
    method: 'POST',
    path: '/webhooks',
    client: owner,
    body: { url: `${receiverUrl}${path}`, description: 'chaos' },
  });
  if (status !== '201') throw new Error(`no webhook endpoint for ${owner}: ${status} ${text}`);
  receiver.expect(path, (JSON.parse(text) as { secret: string }).secret);
  const events = receiver.arrivedAt(path);
  return {
    name: `webhooks of ${owner}`,
    kind: 'webhook',
    owner,
    orderId: null,
    topics: ['orders', 'products'],
    events: () => events,
    faults: () => receiver.invalidAt(path),
    interruptions: () => events.filter(({ isAccepted }) => !isAccepted).length,
    stop: () => Promise.resolve(),
  };
}
