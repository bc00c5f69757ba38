import { v7 as uuidv7 } from 'uuid';
import { PRECONDITION_FAILED } from '../../../shared/contracts/problem';
import { AppError } from '../../../shared/errors';
import { type Origin } from '../../../shared/event-log/event';
import { type IdempotentRequest } from '../../../shared/idempotency/idempotency-records';
import { type Answer, type AnswerOnce, runOnce } from '../../../shared/idempotency/run-once';
import { type Database, type Transaction } from '../../../shared/postgres/queryable';
import { type Product } from '../../catalogue/domain/product';
import { type ProductRef } from '../../catalogue/domain/product-ref';
import { requireProduct } from '../../catalogue/use-cases/find-product';
import { NO_STOCK } from '../domain/problem-types';
import { emptyStock, removeStock as remove, setStock, type StockOrder } from '../domain/set-stock';
import { type StockLevel } from '../domain/stock';
import { deleteLevel, endLevel, insertLevel } from '../store/stock-store';
import { lockStock } from './lock-stock';
import { writeStock } from './write-stock';

/** A product as a caller names it. */
export interface ProductRequest {
  ref: ProductRef;
  /** Null: of any client. */
  visibleOwner: string | null;
}

/** Whether the caller accepts to change this stock; null: the product is not stock-kept. */
export type ExpectedStock = (level: StockLevel | null) => boolean;

export interface ChangeRequest extends ProductRequest {
  expected: ExpectedStock;
  origin: Origin;
}

export interface ChangeStockDependencies {
  db: Database;
  /** Renders the answer. */
  render: (level: StockLevel, isNew: boolean) => Answer;
}

/**
 * Sets or adjusts the stock of a product, once per request and its repeats. The first number of units makes it stock-kept. A request that changes
 * nothing leaves the version as it is.
 *
 * @throws AppError `not_found` (`product_not_found`, and `no_stock` for an adjustment); `conflict` (`stock_below_reserved`);
 * `precondition_failed`; `invalid_input` for too many units; `unprocessable` when the key was used for another request.
 */
export function changeStock(
  { db, render }: ChangeStockDependencies,
  { ref, visibleOwner, expected, origin, order }: ChangeRequest & { order: StockOrder },
  idempotency: IdempotentRequest | null,
): Promise<AnswerOnce> {
  return runOnce({ db }, idempotency, async (tx) => {
    const at = new Date();
    const product = await requireProduct(tx, ref, visibleOwner);
    const level = await lockOrCreate(tx, product, 'onHand' in order, expected, at);
    const change = setStock(level, order, origin);
    const changed = writeStock(tx, new Map([[level.productId, level]]), [change], at);
    return render(changed.get(level.productId) ?? level, level.version === 0);
  });
}

/**
 * Ends the stock keeping of a product: any quantity of it can be ordered then. The ledger stays.
 *
 * @throws AppError `not_found` (`product_not_found`, `no_stock`); `conflict` (`stock_below_reserved`) while units are reserved;
 * `precondition_failed`
 */
export async function removeStock(
  db: Database,
  { ref, visibleOwner, expected, origin }: ChangeRequest,
): Promise<void> {
  await db.transaction(async (tx) => {
    const { productId } = await requireProduct(tx, ref, visibleOwner);
    const level = requireStock(await lockStockOf(tx, productId));
    requireExpected(expected, level);
    writeStock(tx, new Map([[productId, level]]), [remove(level, origin)], new Date());
    deleteLevel(tx, productId);
  });
}

/**
 * Ends the stock of a product that is being deleted, and takes its units out, unless some are reserved. The row stays: requests that have found
 * the product before, and wait for its stock, must find that nothing is available, and put nothing in.
 *
 * @returns the number of units that are reserved.
 */
export async function endStock(tx: Transaction, productId: string, origin: Origin): Promise<number> {
  const level = await lock(tx, productId);
  if (level === null) return 0;
  if (level.reserved > 0) return level.reserved;
  writeStock(tx, new Map([[productId, level]]), [emptyStock(level, origin)], new Date());
  endLevel(tx, productId);
  return 0;
}

/** @throws AppError `not_found` (`no_stock`) */
export function requireStock(level: StockLevel | null | undefined): StockLevel {
  if (!level) throw new AppError(NO_STOCK, NO_STOCK.detail);
  return level;
}

/** Locks the stock of a product. Stock that is created has version 0. */
async function lockOrCreate(
  tx: Transaction,
  product: Product,
  mayCreate: boolean,
  expected: ExpectedStock,
  at: Date,
): Promise<StockLevel> {
  const locked = await lockStockOf(tx, product.productId);
  if (locked) {
    requireExpected(expected, locked);
    return locked;
  }
  if (!mayCreate) return requireStock(null);
  if (!expected(null)) throw new AppError(PRECONDITION_FAILED, 'the product is not stock-kept');
  // Its foreign key waits for a deletion of the product, which is visible afterwards, but not for an import that changes the product.
  const isNew = await insertLevel(tx, emptyLevel(product, at));
  const level = requireStock(await lockStockOf(tx, product.productId));
  if (!isNew) requireExpected(expected, level);
  return level;
}

/**
 * Locks the stock of a product; null when it has none.
 *
 * @throws AppError `not_found` (`product_not_found`) when the product was deleted meanwhile.
 */
async function lockStockOf(tx: Transaction, productId: string): Promise<StockLevel | null> {
  const level = await lock(tx, productId);
  // After the lock, so that a deletion that held it is visible.
  await requireProduct(tx, { productId }, null);
  return level;
}

const lock = async (tx: Transaction, productId: string): Promise<StockLevel | null> =>
  (await lockStock(tx, [productId])).get(productId) ?? null;

/** @throws AppError `precondition_failed` */
function requireExpected(expected: ExpectedStock, level: StockLevel): void {
  if (expected(level)) return;
  const { version } = level;
  throw new AppError(PRECONDITION_FAILED, `the stock is not as it was expected; its version is ${version}`, {
    currentVersion: version,
  });
}

const emptyLevel = ({ productId, owner, sku }: Product, at: Date): StockLevel => ({
  productId,
  stockId: uuidv7(),
  owner,
  sku,
  onHand: 0,
  reserved: 0,
  lowStockThreshold: null,
  backorderLimit: 0,
  version: 0,
  updatedAt: at,
});
