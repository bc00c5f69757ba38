import { z } from 'zod';
import { pageParameters } from '../../../shared/contracts/lists';
import { EXAMPLE_PRODUCT, productList } from '../../../shared/contracts/product-resource';
import { INVALID_CURSOR, VALIDATION_FAILED } from '../../../shared/contracts/problem';
import { clientId, productId as sku, text } from '../../../shared/contracts/text';
import { AppError } from '../../../shared/errors';
import { CACHE_HEADERS, sendCached } from '../../../shared/http/cached-response';
import { ifNoneMatchHeader } from '../../../shared/http/conditional-requests';
import { jsonResponse, operation, type Operation } from '../../../shared/http/operation';
import { type ProductFilter } from '../domain/product-list';
import { toProductResource } from '../domain/product-resource';
import { listProducts, type ListProductsDependencies } from '../use-cases/list-products';
import { categoryPath, PRODUCTS_TAG } from './product-schemas';

const isTrue = z.enum(['true', 'false']).transform((value) => value === 'true');

/** The filters of lists and exports. */
export const filterQuery = {
  sku: sku.optional(),
  name: text(1, 200).optional().describe('the complete name; case and accents do not count'),
  category: categoryPath.optional().describe('products in this category and in those below it'),
  q: text(1, 200)
    .optional()
    .describe(
      'words of name and sku. A product is found by the beginnings of its words; a word that no product has is replaced by similar ones',
    ),
  active: isTrue.optional(),
  low_stock: isTrue.optional().describe('true: only products whose stock has fallen to its threshold'),
  owner: clientId.optional().describe('for operators: whose products'),
};

type FilterQuery = z.output<z.ZodObject<typeof filterQuery>>;

/** `GET /products`. */
export function productListOperation(deps: ListProductsDependencies): Operation {
  return operation({
    id: 'listProducts',
    method: 'get',
    path: '/products',
    tag: PRODUCTS_TAG,
    summary: 'List products',
    description:
      'Newest first, by keyset pagination: follow `next_cursor` until it is null. Products that are created meanwhile cause no product to be ' +
      'repeated or skipped. When several filters together match few of many products, a page can have fewer products than `limit`, even none, ' +
      'although further pages follow. Operators see the products of all clients, and name one with `owner` to use the other filters.',
    access: 'order:read',
    query: z.strictObject({ ...filterQuery, ...pageParameters }),
    headers: ifNoneMatchHeader,
    responses: {
      200: jsonResponse(
        'a page of products',
        productList,
        { data: [EXAMPLE_PRODUCT], next_cursor: null },
        CACHE_HEADERS,
      ),
      304: { description: 'the caller already has this response', headers: CACHE_HEADERS },
    },
    problems: [INVALID_CURSOR],
    async handle({ query, page, visibleOwner, request, response }) {
      const list = { owner: listedOwner(query, visibleOwner), filter: toFilter(query), ...page };
      const { rows, nextCursor } = await listProducts(deps, list);
      sendCached(request, response, { data: rows.map(toProductResource), next_cursor: nextCursor });
    },
  });
}

export const toFilter = (query: FilterQuery): ProductFilter => ({
  sku: query.sku,
  name: query.name,
  category: query.category,
  text: query.q,
  isActive: query.active,
  isLowOnStock: query.low_stock === true ? true : undefined,
});

/**
 * Whose products are listed; null: those of all owners.
 *
 * @throws AppError `invalid_input` when a client names another one, and when a filter needs an owner.
 */
export function listedOwner(query: FilterQuery, visibleOwner: string | null): string | null {
  const { owner, sku: ofSku, name, category, q } = query;
  if (visibleOwner !== null && owner !== undefined && owner !== visibleOwner)
    throw invalidOwner('must be the calling client; only operators see the products of others');
  const found = visibleOwner ?? owner ?? null;
  const isFiltered = [ofSku, name, category, q].some((filter) => filter !== undefined);
  if (found === null && isFiltered) throw invalidOwner('is required with sku, name, category and q');
  return found;
}

export const invalidOwner = (message: string): AppError =>
  new AppError(VALIDATION_FAILED, 'the query string is not valid', { errors: [{ path: 'owner', message }] });
