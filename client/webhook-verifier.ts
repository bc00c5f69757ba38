import { type components } from './order-service';

/** An event of an order. */
export type OrderEvent = components['schemas']['OrderEvent'];

/** An event of a product, or of its stock; `product_id` names the product. */
export type CatalogueEvent = components['schemas']['ProductEvent'] | components['schemas']['InventoryEvent'];

/** An event about the webhooks themselves: one of `webhook.disabled`, `webhook.events_missed` and `webhook.test`. */
export interface WebhookNotice {
  id: string;
  type: `webhook.${string}`;
  api_version: string;
  occurred_at: string;
  data: { endpoint_id: string } & Record<string, unknown>;
}

/** The prefix of its type tells what it is about: `order.`, `product.`, `inventory.` or `webhook.`. */
export type WebhookEvent = OrderEvent | CatalogueEvent | WebhookNotice;

/** The request does not come from the Order Service, or it was changed or recorded. */
export class WebhookVerificationError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'WebhookVerificationError';
  }
}

export interface ReceivedWebhook {
  /** The headers of the request, as fetch or Node's HTTP server have them. */
  headers: Headers | Readonly<Record<string, string | readonly string[] | undefined>>;
  /** The body exactly as it arrived. A body that was parsed and serialised again has another signature. */
  body: string | Uint8Array;
  /** The secret of the endpoint, `whsec_…`; during a rotation both secrets. */
  secrets: string | readonly string[];
  /** By how many seconds the time of the request may differ from this clock; 300 by default. */
  toleranceSeconds?: number;
}

const PREFIX = 'whsec_';
const VERSION = 'v1,';
const TOLERANCE_SECONDS = 300;
const HMAC = { name: 'HMAC', hash: 'SHA-256' };

/**
 * Verifies a request by its signature (https://www.standardwebhooks.com), in constant time, with the Web Crypto API. A valid request can arrive
 * more than once: recognise repeats by the `id` of the event.
 *
 * @throws WebhookVerificationError
 */
export async function verifyWebhook(received: ReceivedWebhook): Promise<WebhookEvent> {
  const { body, secrets, toleranceSeconds = TOLERANCE_SECONDS } = received;
  const [id, timestamp, signatures] = ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) =>
    headerOf(received.headers, name),
  );
  if (!id || !timestamp || !signatures) throw new WebhookVerificationError('a webhook header is missing');
  requireRecent(timestamp, toleranceSeconds);
  const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body;
  const content = joined(new TextEncoder().encode(`${id}.${timestamp}.`), bytes);
  for (const secret of typeof secrets === 'string' ? [secrets] : secrets)
    if (await isSigned(content, signatures.split(' '), secret)) return parsed(bytes);
  throw new WebhookVerificationError('no signature is valid');
}

function headerOf(headers: ReceivedWebhook['headers'], name: string): string | undefined {
  if (headers instanceof Headers) return headers.get(name) ?? undefined;
  const [, value] = Object.entries(headers).find(([given]) => given.toLowerCase() === name) ?? [];
  return typeof value === 'string' ? value : undefined;
}

function requireRecent(timestamp: string, toleranceSeconds: number): void {
  if (!/^\d{1,15}$/.test(timestamp)) throw new WebhookVerificationError('the timestamp is malformed');
  const differenceSeconds = Math.abs(Date.now() / 1_000 - Number(timestamp));
  if (differenceSeconds > toleranceSeconds)
    throw new WebhookVerificationError('the timestamp is too old or too new');
}

async function isSigned(
  content: Uint8Array<ArrayBuffer>,
  signatures: string[],
  secret: string,
): Promise<boolean> {
  const bytes = decodeBase64(secret.startsWith(PREFIX) ? secret.slice(PREFIX.length) : secret);
  if (bytes === null || bytes.length === 0) throw new Error('the secret of the webhook is not valid');
  const key = await crypto.subtle.importKey('raw', bytes, HMAC, false, ['verify']);
  for (const signature of signatures) {
    const expected = signature.startsWith(VERSION) ? decodeBase64(signature.slice(VERSION.length)) : null;
    if (expected && (await crypto.subtle.verify('HMAC', key, expected, content))) return true;
  }
  return false;
}

function decodeBase64(text: string): Uint8Array<ArrayBuffer> | null {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    return null;
  }
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(first.length + second.length);
  bytes.set(first);
  bytes.set(second, first.length);
  return bytes;
}

/** The signature is valid, so that the body is what the Order Service wrote. */
const parsed = (bytes: Uint8Array): WebhookEvent =>
  JSON.parse(new TextDecoder().decode(bytes)) as WebhookEvent;
