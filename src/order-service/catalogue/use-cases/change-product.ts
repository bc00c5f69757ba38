import { AppError, requireVersion } from '../../../shared/errors';
import { type Origin } from '../../../shared/event-log/event';
import { isConflict } from '../../../shared/postgres/database-errors';
import { type Database, type Transaction } from '../../../shared/postgres/queryable';
import { deleteProduct as remove, patchProduct, type ProductPatch } from '../domain/change-product';
import { PRODUCT_RESERVED, productReserved } from '../domain/problem-types';
import { type Product } from '../domain/product';
import { type ProductRef } from '../domain/product-ref';
import { lockProduct, lockReferences } from '../store/product-store';
import { markDeleted, updateProducts } from '../store/product-writes';
import { skuTaken } from './create-product';
import { existing } from './find-product';
import { recordSteps } from './record-steps';

/**
 * A version of a product that a caller accepts to change. With an id, only of that product: a sku can name another product than when the
 * caller read it.
 */
export interface ExpectedProduct {
  version: number;
  productId: string | null;
}

/** The product of a request that changes it. */
export interface ProductTarget {
  ref: ProductRef;
  /** Null: of any owner. */
  visibleOwner: string | null;
  /** Null: any version. */
  expected: readonly ExpectedProduct[] | null;
}

/**
 * Changes some members of a product, and records PRODUCT_UPDATED or PRODUCT_PRICE_CHANGED; nothing when they have these values.
 *
 * @throws AppError `not_found`; `precondition_failed`; `conflict` (`sku_taken`); `invalid_input` for a price that its currency does not have.
 */
export function changeProduct(
  db: Database,
  target: ProductTarget,
  patch: ProductPatch,
  origin: Origin,
): Promise<Product> {
  return db.transaction(async (tx) => {
    const before = await lock(tx, target);
    const step = patchProduct(before, patch, new Date());
    if (step === null) return before;
    await updateProducts(tx, [step.after]).catch((error: unknown) => {
      throw isConflict(error) ? skuTaken(step.after.sku) : error;
    });
    recordSteps(tx, before.owner, [step], origin);
    return step.after;
  });
}

/**
 * Ends the stock of a product, and takes its units out, in the transaction that deletes it, unless some are reserved.
 *
 * @returns the number of units that are reserved.
 */
export type EndStock = (tx: Transaction, productId: string, origin: Origin) => Promise<number>;

/**
 * Deletes a product, and records PRODUCT_DELETED. Its row stays for orders; its sku is free.
 *
 * @throws AppError `not_found`; `precondition_failed`; `conflict` (`product_reserved`) while units of it are reserved.
 */
export async function deleteProduct(
  { db, endStock }: { db: Database; endStock: EndStock },
  target: ProductTarget,
  origin: Origin,
): Promise<void> {
  await db.transaction(async (tx) => {
    const before = await lock(tx, target);
    lockReferences(tx, before.productId);
    const reserved = await endStock(tx, before.productId, origin);
    if (reserved > 0) throw new AppError(PRODUCT_RESERVED, productReserved(reserved));
    const step = remove(before, new Date());
    markDeleted(tx, step.after);
    recordSteps(tx, before.owner, [step], origin);
  });
}

async function lock(tx: Transaction, { ref, visibleOwner, expected }: ProductTarget): Promise<Product> {
  const product = existing(await lockProduct(tx, ref, visibleOwner));
  const ofProduct = expected?.filter(
    ({ productId }) => productId === null || productId === product.productId,
  );
  requireVersion(ofProduct?.map(({ version }) => version) ?? null, product.version);
  return product;
}
