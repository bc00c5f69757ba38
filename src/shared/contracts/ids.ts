import { z } from 'zod';
import { text } from './text';

/** A UUID of any version, in lower case; ids made here are version 7 (RFC 9562), so that they sort by time. */
export const uuid = z.guid().toLowerCase();

export const customerId = text(1, 100);
export const productId = text(1, 100);

/** What a correlation id from outside may look like; anything else is replaced by one made here. */
export const CORRELATION_ID_PATTERN = /^[A-Za-z0-9._:-]{1,128}$/;
