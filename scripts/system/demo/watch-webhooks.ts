import { type ServerResponse } from 'node:http';
import { Webhook, WebhookVerificationError } from 'standardwebhooks';
import { type OrderEvent } from '../../../client/order-events';
import { type Arrivals, createArrivals } from './arrivals';
import { type ReceivedWebhook, startWebhookServer } from './webhook-server';

/** A webhook with the answer that it got. */
export interface WebhookArrival extends ReceivedWebhook {
  event: OrderEvent;
  answer: number;
}

/** A receiver of webhooks on this machine. */
export interface WebhookWatch {
  readonly url: string;
  readonly arrivals: Arrivals<WebhookArrival>;
  /** From now on, webhooks are verified with this secret. */
  useSecret(secret: string): void;
  /** Whether the published package of Standard Webhooks accepts a webhook. */
  isGenuine(webhook: ReceivedWebhook): boolean;
  /** The number of requests that it did not accept. */
  rejected(): number;
  close(): Promise<void>;
}

/** The event whose first attempt is refused, to show that it is repeated. */
export const REFUSED_ONCE = 'order.cancellation_requested';

export async function watchWebhooks(): Promise<WebhookWatch> {
  const arrivals = createArrivals<WebhookArrival>();
  const refused = new Set<string>();
  let rejected = 0;
  let verifier: Webhook | null = null;

  function isGenuine({ headers, body }: ReceivedWebhook): boolean {
    try {
      verifier?.verify(body, headers);
      return verifier !== null;
    } catch (error) {
      if (error instanceof WebhookVerificationError) return false;
      throw error;
    }
  }

  function receive(webhook: ReceivedWebhook, response: ServerResponse): void {
    if (!isGenuine(webhook)) {
      rejected += 1;
      return void response.writeHead(401).end();
    }
    const event = JSON.parse(webhook.body) as OrderEvent;
    const answer = event.type === REFUSED_ONCE && !refused.has(event.id) ? 503 : 204;
    if (answer === 503) refused.add(event.id);
    arrivals.add({ ...webhook, event, answer });
    response.writeHead(answer).end(answer === 503 ? 'try again later' : undefined);
  }

  const server = await startWebhookServer(receive);
  return {
    url: `http://127.0.0.1:${String(server.port)}/webhooks`,
    arrivals,
    useSecret: (secret) => (verifier = new Webhook(secret)),
    isGenuine,
    rejected: () => rejected,
    close: () => server.close(),
  };
}
