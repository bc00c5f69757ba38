import { type ServerResponse } from 'node:http';
import { Webhook } from 'standardwebhooks';
import {
  type ReceivedWebhook,
  startWebhookServer,
  type WebhookServer,
} from '../../../scripts/system/demo/webhook-server';
import { type ArrivedEvent } from '../../support/seen-versions';
import { type Random } from '../random';
import { eventIn } from './event-text';

/** Receives webhooks, and answers some of them as a receiver in trouble does. */
export interface WebhookReceiver {
  readonly port: number;
  /** From now on, requests to this path must have a signature with this secret. */
  expect(path: string, secret: string): void;
  /** The events that arrived at a path, in order. */
  arrivedAt(path: string): readonly ArrivedEvent[];
  /** The requests to a path that no receiver may accept. */
  invalidAt(path: string): readonly string[];
  /** The server ends and starts again, as a fault. */
  stop(): Promise<void>;
  start(): Promise<void>;
  /** From now on every request is accepted. */
  recover(): void;
}

interface Place {
  secret: Webhook;
  arrived: ArrivedEvent[];
  invalid: string[];
}

type Trouble = 'error' | 'closed' | 'lost-answer' | 'hangs';

/** Shares of the events whose first arrival meets trouble. */
const SHARES: readonly [Trouble, number][] = [
  ['error', 0.03],
  ['closed', 0.01],
  ['lost-answer', 0.01],
  ['hangs', 0.005],
];

/** A sender waits 15 s for an answer, and sends a limited number of requests at a time. */
const MOST_HANGING = 3;

export async function startWebhookReceiver(random: Random): Promise<WebhookReceiver> {
  const places = new Map<string, Place>();
  const known = new Set<string>();
  const hanging = new Set<ServerResponse>();
  let hasRecovered = false;
  let server: WebhookServer | null = await startWebhookServer(receive);
  const { port } = server;

  function receive(webhook: ReceivedWebhook, response: ServerResponse): void {
    const place = places.get(webhook.path);
    if (!place) return void response.writeHead(404).end();
    const event = eventIn(webhook.body);
    const fault = faultOf(webhook, event?.eventId, place.secret);
    if (fault !== null || !event) {
      place.invalid.push(`${fault ?? 'the body is not an event'}: ${webhook.body.slice(0, 300)}`);
      return void response.writeHead(400).end();
    }
    const trouble = troubleOf(`${webhook.path} ${event.eventId}`);
    const isAccepted = trouble === null || trouble === 'lost-answer';
    place.arrived.push({ ...event, isAccepted });
    respond(response, trouble);
  }

  /** Only the first arrival of an event, so that its repeat comes 5 s later and not a minute. */
  function troubleOf(key: string): Trouble | null {
    if (hasRecovered || known.has(key)) return null;
    known.add(key);
    let number = random.next();
    const [trouble = null] = SHARES.find(([, share]) => (number -= share) < 0) ?? [];
    return trouble === 'hangs' && hanging.size >= MOST_HANGING ? 'error' : trouble;
  }

  function respond(response: ServerResponse, trouble: Trouble | null): void {
    if (trouble === 'hangs') {
      hanging.add(response);
      response.once('close', () => hanging.delete(response));
    } else if (trouble === 'closed' || trouble === 'lost-answer') {
      response.destroy();
    } else {
      response.writeHead(trouble === 'error' ? 500 : 204).end();
    }
  }

  return {
    port,
    expect(path, secret) {
      places.set(path, { secret: new Webhook(secret), arrived: [], invalid: [] });
    },
    arrivedAt: (path) => places.get(path)?.arrived ?? [],
    invalidAt: (path) => places.get(path)?.invalid ?? [],
    async stop() {
      await server?.close();
      server = null;
    },
    async start() {
      server ??= await startWebhookServer(receive, port);
    },
    recover() {
      hasRecovered = true;
      for (const response of hanging) response.destroy();
    },
  };
}

/**
 * Compares the signature with that of the published package. Its `verify` also refuses timestamps that are 5 minutes wrong, which the
 * faults of the clocks produce.
 */
function faultOf(
  { headers, body }: ReceivedWebhook,
  eventId: string | undefined,
  secret: Webhook,
): string | null {
  const { 'webhook-id': id = '', 'webhook-timestamp': timestamp, 'webhook-signature': signatures } = headers;
  if (id !== eventId) return `webhook-id is ${id}`;
  const expected = secret.sign(id, new Date(Number(timestamp) * 1_000), body);
  return signatures?.split(' ').includes(expected)
    ? null
    : `the signature is not valid: ${signatures ?? 'none'}`;
}
