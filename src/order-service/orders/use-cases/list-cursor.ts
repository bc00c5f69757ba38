import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { uuid } from '../../../shared/contracts/ids';
import { timestamp } from '../../../shared/contracts/timestamps';
import { AppError } from '../../../shared/errors';
import { type ListPosition } from '../domain/order-list';

/**
 * A cursor for a page's end: opaque, and good only for the same list. It is signed (HMAC-SHA256) together with the list, so that a
 * changed cursor, or one of another list, is recognised.
 *
 * @param list what the list is: who asks, its filters and its sort.
 */
export function encodeCursor(secret: string, list: unknown, position: ListPosition): string {
  const content = Buffer.from(JSON.stringify([position.value, position.orderId])).toString('base64url');
  return `${content}.${signature(secret, list, content)}`;
}

/** @throws AppError `invalid_input` (`invalid_cursor`) */
export function decodeCursor(secret: string, list: unknown, cursor: string): ListPosition {
  const [content = '', signed = ''] = cursor.split('.');
  const expected = Buffer.from(signature(secret, list, content));
  const given = Buffer.from(signed);
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) throw invalidCursor();
  const { data } = positionContent.safeParse(parsed(content));
  if (!data) throw invalidCursor();
  const [value, orderId] = data;
  return { value, orderId };
}

/** A cursor that another version of the service signed can have another content. */
const positionContent = z.tuple([z.union([timestamp, z.string().regex(/^\d{1,16}(?:\.\d{1,3})?$/)]), uuid]);

function parsed(content: string): unknown {
  try {
    return JSON.parse(Buffer.from(content, 'base64url').toString());
  } catch {
    return null;
  }
}

function signature(secret: string, list: unknown, content: string): string {
  const listHash = createHash('sha256').update(JSON.stringify(list)).digest('base64url');
  return createHmac('sha256', secret).update(`${listHash}.${content}`).digest('base64url');
}

const invalidCursor = (): AppError =>
  new AppError('invalid_input', 'the cursor was not made for this list; start again without it', {
    code: 'invalid_cursor',
    errors: [{ path: 'cursor', message: 'was not made for this list' }],
  });
