import { z } from 'zod';
import { version } from './integers';
import { EXAMPLE_PRODUCT } from './product-resource';
import { uuid } from './text';
import { utcTimestamp } from './timestamps';

/** The stock of a product in the API. */
export const stockResource = z
  .object({
    product_id: uuid,
    sku: z.string(),
    on_hand: z.int(),
    reserved: z.int(),
    available: z.int().describe('on_hand − reserved; negative when units on backorder are reserved'),
    low_stock_threshold: z.int().nullable(),
    backorder_limit: z.int(),
    version: version.describe('counts the changes of the stock; also its ETag'),
    updated_at: utcTimestamp,
  })
  .meta({ id: 'Stock' });
export type StockResource = z.infer<typeof stockResource>;

export const EXAMPLE_STOCK: StockResource = {
  product_id: EXAMPLE_PRODUCT.product_id,
  sku: EXAMPLE_PRODUCT.sku,
  on_hand: 5,
  reserved: 1,
  available: 4,
  low_stock_threshold: 2,
  backorder_limit: 0,
  version: 2,
  updated_at: '2026-11-21T04:00:10.755Z',
};
