import { signedHeaders } from '../domain/signature';
import { secretsAt, type Target } from './load-targets';

/** A request to an endpoint. */
export interface SignedRequest {
  url: string;
  headers: Record<string, string>;
  body: string;
}

const COMMON_HEADERS = {
  'content-type': 'application/json',
  'user-agent': 'order-processing-system-webhooks/1',
};

/** The request for an event, signed at a time. */
export function webhookRequest(
  target: Target,
  { eventId: id, body }: { eventId: string; body: string },
  timestamp: Date,
): SignedRequest {
  const signed = signedHeaders({ id, timestamp, body, secrets: secretsAt(target, timestamp) });
  return { url: target.url, headers: { ...COMMON_HEADERS, ...signed }, body };
}
