import { createHash } from 'node:crypto';
import { type Request, type Response } from 'express';
import { hasTag } from './conditional-requests';

/** The headers of a response that a client may keep, and must ask about before it uses it again. */
export const CACHE_HEADERS = {
  ETag: 'identifies the content of the response',
  'Cache-Control':
    '`private, no-cache`: the caller may keep the response, and asks with If-None-Match whether it still holds',
  Vary: '`Authorization`: another token can get another response',
};

/**
 * Sends JSON that the caller may keep but must revalidate (RFC 9111 §5.2.2.4), so that no stale response is ever used; 304 when the caller
 * already has it.
 *
 * @param tag the strong entity tag; by default a hash of the body.
 */
export function sendCached(request: Request, response: Response, body: object, tag?: string): void {
  const json = JSON.stringify(body);
  const etag = tag ?? `"${createHash('sha256').update(json).digest('base64url')}"`;
  response.set({ ETag: etag, 'Cache-Control': 'private, no-cache' });
  response.vary('Authorization');
  if (hasTag(request, etag)) response.status(304).end();
  else response.status(200).type('json').send(json);
}
