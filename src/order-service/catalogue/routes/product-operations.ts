import {
  EXAMPLE_PRODUCT,
  EXAMPLE_PRODUCT_BODY,
  productResource,
  type ProductResource,
} from '../../../shared/contracts/product-resource';
import { PRECONDITION_FAILED, VALIDATION_FAILED } from '../../../shared/contracts/problem';
import { type Database } from '../../../shared/postgres/queryable';
import { CACHE_HEADERS, sendCached } from '../../../shared/http/cached-response';
import { etagOf, ifMatchHeader, ifNoneMatchHeader } from '../../../shared/http/conditional-requests';
import { sendAnswer } from '../../../shared/http/idempotent-response';
import { jsonResponse, operation, type Operation } from '../../../shared/http/operation';
import { PRODUCT_RESERVED, SKU_TAKEN } from '../domain/problem-types';
import { toProductResource } from '../domain/product-resource';
import { changeProduct, deleteProduct, type EndStock } from '../use-cases/change-product';
import { createProduct } from '../use-cases/create-product';
import { requireProduct } from '../use-cases/find-product';
import { changeBody, createBody, OF_PRODUCT, PRODUCTS_TAG, toPatch } from './product-schemas';
import { expectedProducts, PRODUCT_ETAG, productTag, refOf } from './product-tags';

export interface ProductOperationsDependencies {
  db: Database;
  endStock: EndStock;
}

/** The operations that create, read, change and delete one product. */
export function productOperations(deps: ProductOperationsDependencies): Operation[] {
  return [createOperation(deps), getOperation(deps), changeOperation(deps), deleteOperation(deps)];
}

function createOperation({ db }: ProductOperationsDependencies): Operation {
  return operation({
    id: 'createProduct',
    method: 'post',
    path: '/products',
    tag: PRODUCTS_TAG,
    summary: 'Create a product',
    description:
      'Its `sku` is the code by which the order lines of the client name it. If the response was lost, repeat the request with the same ' +
      'Idempotency-Key; without a key a repeat is refused, because its sku is taken.',
    access: 'product:manage',
    idempotent: true,
    body: createBody,
    bodyExample: EXAMPLE_PRODUCT_BODY,
    responses: {
      201: jsonResponse('the product', productResource, EXAMPLE_PRODUCT, {
        ETag: PRODUCT_ETAG.ETag,
        Location: 'the path of the product',
      }),
    },
    problems: [SKU_TAKEN],
    async handle({ body: content, owner, origin, idempotency, request, response }) {
      const creating = { db, render: toProductResource };
      const answer = await createProduct(creating, owner, content, origin, idempotency);
      const { product_id: productId } = JSON.parse(answer.body) as ProductResource;
      response.set({ Location: `${request.baseUrl}/products/${productId}`, ETag: etagOf(1) });
      sendAnswer(response, answer);
    },
  });
}

function getOperation({ db }: ProductOperationsDependencies): Operation {
  return operation({
    ...OF_PRODUCT,
    id: 'getProduct',
    method: 'get',
    path: '/products/{product}',
    summary: 'Read a product',
    description:
      'By its id, or by the sku of one of the own products: `/products/sku:lamp`, with a percent-encoded sku. A product of another client is ' +
      'answered with 404, like one that is deleted or does not exist.',
    access: 'order:read',
    headers: ifNoneMatchHeader,
    responses: {
      200: jsonResponse('the product', productResource, EXAMPLE_PRODUCT, {
        ...CACHE_HEADERS,
        ...PRODUCT_ETAG,
      }),
      304: {
        description: 'the caller already has this version',
        headers: { ...CACHE_HEADERS, ...PRODUCT_ETAG },
      },
    },
    async handle({ params, owner, visibleOwner, request, response }) {
      const ref = refOf(params, owner);
      const product = await requireProduct(db, ref, visibleOwner);
      sendCached(request, response, toProductResource(product), productTag(ref, product));
    },
  });
}

function changeOperation({ db }: ProductOperationsDependencies): Operation {
  const changed = { ...EXAMPLE_PRODUCT, price: 69.9, version: 2 };
  return operation({
    ...OF_PRODUCT,
    id: 'changeProduct',
    method: 'patch',
    path: '/products/{product}',
    summary: 'Change a product',
    description:
      'Absent members keep their values, and null removes a value; `attributes` is replaced as a whole. Another currency needs a price. Orders ' +
      'keep the price of their moment; `GET /products/{product}/prices` has the earlier prices.',
    access: 'product:manage',
    headers: ifMatchHeader,
    body: changeBody,
    bodyExample: { price: 69.9 },
    responses: { 200: jsonResponse('the product', productResource, changed, PRODUCT_ETAG) },
    problems: [PRECONDITION_FAILED, SKU_TAKEN],
    async handle({ params, body, owner, visibleOwner, origin, request, response }) {
      const ref = refOf(params, owner);
      const target = { ref, visibleOwner, expected: expectedProducts(request) };
      const product = await changeProduct(db, target, toPatch(body), origin);
      response.set('ETag', productTag(ref, product)).json(toProductResource(product));
    },
  });
}

function deleteOperation(deps: ProductOperationsDependencies): Operation {
  return operation({
    ...OF_PRODUCT,
    id: 'removeProduct',
    method: 'delete',
    path: '/products/{product}',
    summary: 'Delete a product',
    description:
      'It is not found any more, its units leave the stock, and its sku is free for another product. Orders that contain it stay as they are. ' +
      'Refused while orders or reservations hold units of it. To take a product out of sale for a time, ' +
      'set `active` to false, with `CATALOGUE=strict`.',
    access: 'product:manage',
    headers: ifMatchHeader,
    responses: { 204: { description: 'the product is deleted' } },
    problems: [VALIDATION_FAILED, PRECONDITION_FAILED, PRODUCT_RESERVED],
    async handle({ params, owner, visibleOwner, origin, request, response }) {
      const target = { ref: refOf(params, owner), visibleOwner, expected: expectedProducts(request) };
      await deleteProduct(deps, target, origin);
      response.status(204).end();
    },
  });
}
