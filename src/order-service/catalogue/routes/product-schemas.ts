import { z } from 'zod';
import { MAX_INTEGER } from '../../../shared/contracts/integers';
import { optionalPairs, pairs } from '../../../shared/contracts/lists';
import { amount, amountFault, currency, toMinorUnits } from '../../../shared/contracts/money';
import { productParams } from '../../../shared/contracts/product-resource';
import { productId as sku, text } from '../../../shared/contracts/text';
import { type ProductPatch } from '../domain/change-product';
import { PRODUCT_NOT_FOUND } from '../domain/problem-types';
import { type ProductContent } from '../domain/product';

export const PRODUCTS_TAG = 'products';

/** The members of the declarations of operations on one product. */
export const OF_PRODUCT = {
  tag: PRODUCTS_TAG,
  params: productParams,
  notFound: PRODUCT_NOT_FOUND,
} as const;

/** The name of one level: neither NUL nor unpaired surrogates, see {@link text}. */
const LEVEL = String.raw`[^/\u0000\ud800-\udfff]{1,60}`;

/** A category path. */
export const categoryPath = z
  .string()
  .regex(
    new RegExp(`^${LEVEL}(?:/${LEVEL}){0,7}$`, 'u'),
    'must be 1 to 8 names of 1 to 60 characters, separated by /',
  );

const imageUrl = text(1, 2_000).refine(isHttpUrl, 'must be an http or https URL').meta({ format: 'uri' });

function isHttpUrl(value: string): boolean {
  return /^https?:\/\//i.test(value) && URL.canParse(value);
}

const ATTRIBUTES = [text(1, 60), text(0, 500), 50] as const;

const members = {
  sku: sku.describe("the client's own code, unique among its products; order lines name it as `product_id`"),
  name: text(1, 200),
  description: text(1, 5_000).nullable(),
  category: categoryPath.nullable().describe('a path such as home/lighting'),
  currency,
  price: amount,
  tax_class: text(1, 60).nullable(),
  weight_grams: z.int().min(0).max(MAX_INTEGER).nullable(),
  image_url: imageUrl.nullable(),
  active: z.boolean(),
};

const createMembers = z.strictObject({
  ...members,
  description: members.description.default(null),
  category: members.category.default(null),
  currency: members.currency.default(currency.parse('USD')),
  tax_class: members.tax_class.default(null),
  weight_grams: members.weight_grams.default(null),
  attributes: pairs(...ATTRIBUTES),
  image_url: members.image_url.default(null),
  active: members.active.default(true),
});

type CreateMembers = z.output<typeof createMembers>;

function toContent(body: CreateMembers, context: z.RefinementCtx): ProductContent {
  const price = toMinorUnits(body.price, body.currency);
  if (price === null)
    context.addIssue({
      code: 'custom',
      path: ['price'],
      message: amountFault(body.price, body.currency),
    });
  return {
    sku: body.sku,
    name: body.name,
    description: body.description,
    category: body.category,
    currency: body.currency,
    price: price ?? 0,
    taxClass: body.tax_class,
    weightGrams: body.weight_grams,
    attributes: body.attributes,
    imageUrl: body.image_url,
    isActive: body.active,
  };
}

/** The body of `POST /products`, with the price in minor units. */
export const createBody = createMembers.transform(toContent);

const ignored = z.unknown().optional().describe('ignored, so that an export can be imported');

/** The members of a product that only the service sets. */
export const READ_ONLY_MEMBERS = ['product_id', 'version', 'created_at', 'updated_at'] as const;

/** A line of `POST /products/import`, for the document. */
export const importLine = createMembers
  .extend({ product_id: ignored, version: ignored, created_at: ignored, updated_at: ignored })
  .meta({ id: 'ProductLine' });

/** The same, with the price in minor units. */
export const importBody = importLine.transform(toContent);

/** The body of `PATCH /products/{product}`. */
export const changeBody = z.strictObject({ ...members, attributes: optionalPairs(...ATTRIBUTES) }).partial();

export const toPatch = (body: z.output<typeof changeBody>): ProductPatch => ({
  sku: body.sku,
  name: body.name,
  description: body.description,
  category: body.category,
  currency: body.currency,
  price: body.price,
  taxClass: body.tax_class,
  weightGrams: body.weight_grams,
  attributes: body.attributes,
  imageUrl: body.image_url,
  isActive: body.active,
});
