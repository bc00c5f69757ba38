import { z } from 'zod';
import { uuid } from '../../../shared/contracts/ids';
import { IF_MATCH, IF_MATCH_PATTERN, IF_NONE_MATCH } from '../../../shared/http/conditional-requests';

import { IDEMPOTENCY_HEADER_PATTERN } from '../../../shared/idempotency/idempotency-key';

export const ORDERS_TAG = 'orders';

/** `/orders/{order_id}`. */
export const orderParams = z.object({ order_id: uuid });

export const idempotencyHeaders = z.object({
  'Idempotency-Key': z
    .string()
    .optional()
    .meta({ pattern: IDEMPOTENCY_HEADER_PATTERN })
    .describe('1 to 255 visible ASCII characters, raw or quoted; the same key gets the same answer again'),
});

/** Headers of answers that carry an order. */
export const ETAG_HEADER = { ETag: 'the version of the order, quoted' };

export const ifMatchHeader = z.object({
  'If-Match': z.string().optional().meta({ pattern: IF_MATCH_PATTERN }).describe(IF_MATCH),
});

export const ifNoneMatchHeader = z.object({ 'If-None-Match': z.string().optional().describe(IF_NONE_MATCH) });
