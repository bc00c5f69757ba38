import { z } from 'zod';
import { type Database } from '../../../shared/postgres/queryable';
import { clientId } from '../../../shared/contracts/text';
import { CACHE_HEADERS, sendCached } from '../../../shared/http/cached-response';
import { ifNoneMatchHeader } from '../../../shared/http/conditional-requests';
import { jsonResponse, operation, type Operation } from '../../../shared/http/operation';
import { type CategoryNode } from '../domain/category-tree';
import { TOO_MANY_CATEGORIES } from '../domain/problem-types';
import { listCategories } from '../use-cases/list-categories';
import { invalidOwner, listedOwner } from './product-list-operations';
import { categoryPath, PRODUCTS_TAG } from './product-schemas';

interface CategoryResource {
  path: string;
  name: string;
  products: number;
  active_products: number;
  children: CategoryResource[];
}

const category: z.ZodType<CategoryResource> = z
  .object({
    path: z.string(),
    name: z.string().describe('the last name of the path'),
    products: z.int().min(0).describe('in this category and those below it'),
    active_products: z.int().min(0),
    get children() {
      return z.array(category);
    },
  })
  .meta({ id: 'Category' });

const categoryList = z.object({ data: z.array(category) }).meta({ id: 'CategoryList' });

const EXAMPLE: CategoryResource = {
  path: 'home',
  name: 'home',
  products: 3,
  active_products: 2,
  children: [
    { path: 'home/lighting', name: 'lighting', products: 1, active_products: 1, children: [] },
    { path: 'home/textiles', name: 'textiles', products: 2, active_products: 1, children: [] },
  ],
};

/** `GET /categories`. */
export function categoriesOperation({ db }: { db: Database }): Operation {
  return operation({
    id: 'listCategories',
    method: 'get',
    path: '/categories',
    tag: PRODUCTS_TAG,
    summary: 'List the categories',
    description:
      'The categories of the products as a tree, with the number of products in each and below it. Categories without products are not ' +
      'listed. Operators name the client with `owner`.',
    access: 'order:read',
    query: z.strictObject({
      parent: categoryPath.optional().describe('only this category and those below it'),
      owner: clientId.optional().describe('for operators: whose products'),
    }),
    headers: ifNoneMatchHeader,
    responses: {
      200: jsonResponse('the categories', categoryList, { data: [EXAMPLE] }, CACHE_HEADERS),
      304: { description: 'the caller already has this response', headers: CACHE_HEADERS },
    },
    problems: [TOO_MANY_CATEGORIES],
    async handle({ query, visibleOwner, request, response }) {
      const owner = listedOwner({ owner: query.owner }, visibleOwner);
      if (owner === null) throw invalidOwner('is required');
      const nodes = await listCategories(db, owner, query.parent ?? null);
      sendCached(request, response, { data: nodes.map(toResource) });
    },
  });
}

const toResource = ({ path, name, products, activeProducts, children }: CategoryNode): CategoryResource => ({
  path,
  name,
  products,
  active_products: activeProducts,
  children: children.map(toResource),
});
