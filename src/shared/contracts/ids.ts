import { z } from 'zod';
import { text } from './text';

/** A UUID of any version, in lower case; ids made here are version 7 (RFC 9562), so that they sort by time. */
export const uuid = z.guid().toLowerCase();

/** The least UUIDv7 of a moment, in milliseconds since 1970: ids made since then are not below it. */
export function leastIdAt(ms: number): string {
  const hex = Math.max(0, ms).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`;
}

/** Behind every id. */
export const LAST_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

export const customerId = text(1, 100);
export const productId = text(1, 100);

/** What a correlation id from outside may look like; anything else is replaced by one made here. */
export const CORRELATION_ID_PATTERN = /^[A-Za-z0-9._:-]{1,128}$/;
