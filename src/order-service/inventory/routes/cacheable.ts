import { createHash } from 'node:crypto';
import { type Request, type Response } from 'express';
import { hasTag } from '../../../shared/http/conditional-requests';

/** A cache must ask before it uses the answer again, and only the caller's own cache may keep it. */
const CACHE_CONTROL = 'private, no-cache';

/** The headers of answers that caches can keep, for the document. */
export const CACHE_HEADERS = {
  ETag: 'identifies this answer: the next request can send it in If-None-Match',
  'Cache-Control': CACHE_CONTROL,
};

/** The answer to a caller that has the current one. */
export const NOT_MODIFIED = { description: 'the caller already has this answer', headers: CACHE_HEADERS };

/** Sends a resource as JSON, or 304 when the caller has it already: `If-None-Match` names its entity tag. */
export function sendCacheable(request: Request, response: Response, tag: string, body: object): void {
  response.set({ ETag: tag, 'Cache-Control': CACHE_CONTROL });
  if (hasTag(request, tag)) response.status(304).end();
  else response.json(body);
}

/** The entity tag of an answer without a version. */
export const tagOfBody = (body: object): string =>
  `"${createHash('sha256').update(JSON.stringify(body)).digest('base64url').slice(0, 22)}"`;
