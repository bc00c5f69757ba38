import { v7 as uuidv7 } from 'uuid';
import { AppError } from '../../../shared/errors';
import { type Origin } from '../../../shared/event-log/event';
import { type IdempotentRequest } from '../../../shared/idempotency/idempotency-records';
import { type AnswerOnce, runOnce } from '../../../shared/idempotency/run-once';
import { type Database } from '../../../shared/postgres/queryable';
import { createProduct as create } from '../domain/change-product';
import { SKU_TAKEN } from '../domain/problem-types';
import { type Product, type ProductContent } from '../domain/product';
import { addOwner } from '../store/owner-store';
import { insertProducts } from '../store/product-writes';
import { recordSteps } from './record-steps';

export interface CreateProductDependencies {
  db: Database;
  /** Returns the body of the answer. */
  render: (product: Product) => object;
}

/**
 * Creates a product, once per request and its repeats, and records PRODUCT_CREATED. Of two requests with one sku, the second waits for the
 * first.
 *
 * @throws AppError `conflict` (`sku_taken`); `unprocessable` when the key was used for another request.
 */
export async function createProduct(
  { db, render }: CreateProductDependencies,
  owner: string,
  content: ProductContent,
  origin: Origin,
  idempotency: IdempotentRequest | null,
): Promise<AnswerOnce> {
  const step = create(content, { productId: uuidv7(), owner, now: new Date() });
  return runOnce({ db }, idempotency, async (tx) => {
    addOwner(tx, owner);
    const added = await insertProducts(tx, [step.after]);
    if (added.size === 0) throw skuTaken(content.sku);
    recordSteps(tx, owner, [step], origin);
    return { status: 201, body: JSON.stringify(render(step.after)) };
  });
}

export const skuTaken = (sku: string): AppError =>
  new AppError(SKU_TAKEN, `the client has another product with the sku ${sku}`, {
    errors: [{ path: 'sku', message: 'belongs to another product' }],
  });
