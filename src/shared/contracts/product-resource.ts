import { z } from 'zod';
import { version } from './integers';
import { currency } from './money';
import { uuid } from './text';
import { utcTimestamp } from './timestamps';

/** A product of the catalogue in the API. */
export const productResource = z
  .object({
    product_id: uuid,
    sku: z.string().describe("the shop's own code, the `product_id` of an order line"),
    name: z.string(),
    description: z.string().nullable(),
    category: z.string().nullable().describe('a path such as `home/lighting`'),
    currency,
    price: z.number(),
    tax_class: z.string().nullable(),
    weight_grams: z.int().nullable(),
    attributes: z.record(z.string(), z.string()).readonly(),
    image_url: z.string().nullable(),
    active: z.boolean(),
    version: version.describe('counts the changes of the product; also its ETag'),
    created_at: utcTimestamp,
    updated_at: utcTimestamp,
  })
  .meta({ id: 'Product' });
export type ProductResource = z.infer<typeof productResource>;

export const EXAMPLE_PRODUCT: ProductResource = {
  product_id: '01a1fc42-fc03-72fd-b531-1111a4fbee20',
  sku: 'lamp',
  name: 'Desk lamp',
  description: 'A lamp for the desk, with a dimmer.',
  category: 'home/lighting',
  currency: currency.parse('USD'),
  price: 79.9,
  tax_class: 'standard',
  weight_grams: 1_200,
  attributes: { colour: 'black' },
  image_url: 'https://images.shop.example/lamp.jpg',
  active: true,
  version: 1,
  created_at: '2026-11-21T04:00:10.755Z',
  updated_at: '2026-11-21T04:00:10.755Z',
};
