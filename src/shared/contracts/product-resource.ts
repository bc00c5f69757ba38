import { z } from 'zod';
import { MAX_INTEGER, version } from './integers';
import { currency } from './money';
import { productId, text, uuid } from './text';
import { utcTimestamp } from './timestamps';

/** A product in the API: the price as a JSON number, times in ISO 8601 UTC. */
export const productResource = z
  .object({
    product_id: uuid,
    sku: productId.describe("the client's own code; order lines name it as `product_id`"),
    name: text(1, 200),
    description: text(0, 5_000).nullable(),
    category: z.string().nullable().describe('a path such as home/lighting'),
    currency,
    price: z.number().describe('the price of one piece'),
    tax_class: z.string().nullable(),
    weight_grams: z.int().min(0).max(MAX_INTEGER).nullable(),
    attributes: z.record(z.string(), z.string()).readonly(),
    image_url: z.string().nullable(),
    active: z.boolean(),
    version: version.describe('counts the changes of the product; also its ETag'),
    created_at: utcTimestamp,
    updated_at: utcTimestamp,
  })
  .meta({ id: 'Product' });
export type ProductResource = z.infer<typeof productResource>;

/** The path parameter of operations on one product. */
export const productParams = z.object({
  product: z
    .string()
    .regex(/^(?:[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|sku:[\s\S]{1,200})$/)
    .describe("the product_id, or `sku:` and the sku of one of the caller's own products: `sku:LAMP-1`"),
});

/** `GET /products`. */
export const productList = z
  .object({ data: z.array(productResource), next_cursor: z.string().nullable() })
  .meta({ id: 'ProductList' });

/** The product of the API examples. */
export const EXAMPLE_PRODUCT_BODY = {
  sku: 'lamp',
  name: 'Desk lamp',
  description: 'Metal, 40 cm high',
  category: 'home/lighting',
  currency: 'USD',
  price: 79.9,
  weight_grams: 1_200,
  attributes: { colour: 'green' },
};

export const EXAMPLE_PRODUCT: ProductResource = {
  ...EXAMPLE_PRODUCT_BODY,
  product_id: '01a1fc42-fc03-72fd-b531-1111a4fbee15',
  currency: currency.parse('USD'),
  tax_class: null,
  image_url: null,
  active: true,
  version: 1,
  created_at: '2026-11-21T04:00:10.755Z',
  updated_at: '2026-11-21T04:00:10.755Z',
};
