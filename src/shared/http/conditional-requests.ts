import { VALIDATION_FAILED } from '../contracts/problem';
import { type Request, type Response } from 'express';
import { z } from 'zod';
import { AppError, type ExpectedVersions } from '../errors';

/** The strong entity tag of a version (RFC 9110 §8.8.3). */
export const etagOf = (version: number): string => `"${version}"`;

const TAG = String.raw`(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"`;
// A list may contain empty elements (RFC 9110 §5.6.1), and a tag may contain a comma.
const TAG_LIST_PATTERN = String.raw`^[ \t]*(?:,[ \t]*)*${TAG}(?:[ \t]*,(?:[ \t]*${TAG})?)*[ \t]*$`;
const TAG_LIST = new RegExp(TAG_LIST_PATTERN);
const ANY = /^[ \t]*\*[ \t]*$/;
export const ENTITY_TAGS_PATTERN = String.raw`^[ \t]*\*[ \t]*$|${TAG_LIST_PATTERN}`;

/** The request header of operations that change a resource. */
export const ifMatchHeader = z.object({
  'If-Match': z
    .string()
    .optional()
    .meta({ pattern: ENTITY_TAGS_PATTERN })
    .describe('the change is refused with 412 unless the version is one of these entity tags'),
});

/** The request headers of operations that create a resource or change it. */
export const createOrChangeHeaders = ifMatchHeader.extend({
  'If-None-Match': z
    .string()
    .optional()
    .meta({ pattern: ENTITY_TAGS_PATTERN })
    .describe(
      'the change is refused with 412 when the version is one of these entity tags; with `*`, when the resource exists',
    ),
});

/** The request header of operations that read a resource. */
export const ifNoneMatchHeader = z.object({
  'If-None-Match': z
    .string()
    .optional()
    .describe('the response is 304 without a body when the version is one of these entity tags'),
});

/** The response header of operations that return an order. */
export const ETAG_HEADER = { ETag: 'the version of the order, quoted' };

/** Sends a resource as JSON with the entity tag of its version. */
export function sendVersioned(response: Response, status: number, version: number, body: object): void {
  response.status(status).set('ETag', etagOf(version)).json(body);
}

/** Whether the caller already has this version, see {@link hasTag}. */
export const isNotModified = (request: Request, version: number): boolean => hasTag(request, etagOf(version));

/**
 * Whether the caller already has the response with this strong entity tag: `If-None-Match` names it, by weak comparison (RFC 9110 §13.1.2). A
 * malformed header matches nothing.
 */
export function hasTag(request: Request, wanted: string): boolean {
  const header = request.get('If-None-Match');
  if (header === undefined) return false;
  return ANY.test(header) || includesWeakly(tagsOf(header) ?? [], wanted);
}

/** The weak comparison of RFC 9110 §8.8.3.2 with a strong tag. */
export const includesWeakly = (tags: readonly string[], wanted: string): boolean =>
  tags.some((tag) => tag.replace(/^W\//, '') === wanted);

/**
 * The versions that the caller accepts to change, from `If-Match` (RFC 9110 §13.1.1); null when the header is absent or `*`. The
 * comparison is strong: a weak tag, or one that this service never issued, matches no version.
 *
 * @throws AppError `invalid_input` when the header is not a list of entity tags.
 */
export function expectedVersions(request: Request): ExpectedVersions {
  const tags = expectedTags(request);
  return tags && tags.flatMap((tag) => (/^"[1-9]\d{0,9}"$/.test(tag) ? [Number(tag.slice(1, -1))] : []));
}

/**
 * The entity tags of `If-Match`, as they were sent; null when the header is absent or `*`.
 *
 * @throws AppError `invalid_input` when the header is not a list of entity tags.
 */
export function expectedTags(request: Request): readonly string[] | null {
  const tags = tagsIn(request, 'If-Match');
  return tags === ALL ? null : tags;
}

/** `*` in place of entity tags. */
export const ALL = '*';

/**
 * The entity tags in the header of a request that changes a resource, as they were sent; null when the header is absent.
 *
 * @throws AppError `invalid_input` when the header is neither `*` nor a list of entity tags: to ignore it would change what must not be changed.
 */
export function tagsIn(
  request: Request,
  name: 'If-Match' | 'If-None-Match',
): readonly string[] | typeof ALL | null {
  const header = request.get(name);
  if (header === undefined) return null;
  if (ANY.test(header)) return ALL;
  const tags = tagsOf(header);
  if (tags) return tags;
  const message = 'must be * or entity tags, each in double quotes';
  throw new AppError(VALIDATION_FAILED, `${name} ${message}`, { errors: [{ path: name, message }] });
}

const tagsOf = (header: string): string[] | null =>
  TAG_LIST.test(header) ? [...header.matchAll(new RegExp(TAG, 'g'))].map(([tag]) => tag) : null;
