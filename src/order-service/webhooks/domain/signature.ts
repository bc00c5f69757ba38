import { createHmac } from 'node:crypto';

/** The headers of Standard Webhooks (https://www.standardwebhooks.com, specification 1.0). */
export type SignedHeaders = Record<'webhook-id' | 'webhook-timestamp' | 'webhook-signature', string>;

export interface SignedContent {
  /** The id of the event: the same at every endpoint and in every attempt, so that receivers recognise repeats. It contains no dot. */
  id: string;
  /** Of the attempt: receivers refuse an old one, which may be a recorded request. */
  timestamp: Date;
  body: string;
  /** The current secret, and the previous one while it is valid. */
  secrets: readonly Buffer[];
}

/** Signs `id.timestamp.body` with HMAC-SHA-256 under each secret; one valid signature is enough for a receiver. */
export function signedHeaders({ id, timestamp, body, secrets }: SignedContent): SignedHeaders {
  const seconds = String(Math.floor(timestamp.getTime() / 1_000));
  const content = `${id}.${seconds}.${body}`;
  const signatures = secrets.map(
    (secret) => `v1,${createHmac('sha256', secret).update(content).digest('base64')}`,
  );
  return { 'webhook-id': id, 'webhook-timestamp': seconds, 'webhook-signature': signatures.join(' ') };
}

/** The length of a secret; the standard requires 24 to 64 bytes. */
export const SECRET_BYTES = 32;

const PREFIX = 'whsec_';

/** A secret as its receiver is given it: `whsec_` and base64. */
export const secretText = (secret: Buffer): string => PREFIX + secret.toString('base64');
