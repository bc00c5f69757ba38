import { v7 as uuidv7 } from 'uuid';
import { AppError } from '../../../shared/errors';
import { type Origin } from '../../../shared/event-log/event';
import { type IdempotentRequest } from '../../../shared/idempotency/idempotency-records';
import { type Answer, type AnswerOnce, runOnce } from '../../../shared/idempotency/run-once';
import { type Database, type Transaction } from '../../../shared/postgres/queryable';
import { type FindOrderProducts, type OrderProduct } from '../../catalogue/use-cases/find-order-products';
import { allocate, type Shortage } from '../domain/allocate';
import { OUT_OF_STOCK, UNKNOWN_PRODUCT } from '../domain/problem-types';
import { type Reservation, type ReservationItem } from '../domain/reservation';
import { type StockChange, type StockLevel } from '../domain/stock';
import { insertReservation } from '../store/reservation-store';
import { lockStock } from './lock-stock';
import { writeStock } from './write-stock';

export interface CreateReservationDependencies {
  db: Database;
  findProducts: FindOrderProducts;
  /** Renders the answer. */
  render: (reservation: Reservation) => Answer;
}

/** Items with the same code count together. */
export interface RequestedItem {
  sku: string;
  quantity: number;
}

export interface ReservationRequest {
  owner: string;
  items: readonly RequestedItem[];
  expiresInSeconds: number;
  origin: Origin;
}

/**
 * Reserves units of products for a limited time, once per request and its repeats: all items or nothing. Of a product that is not stock-kept no
 * units are held.
 *
 * @throws AppError `unprocessable` (`unknown_product`; `idempotency_key_reused`); `conflict` (`out_of_stock`)
 */
export async function createReservation(
  { db, findProducts, render }: CreateReservationDependencies,
  request: ReservationRequest,
  idempotency: IdempotentRequest | null,
): Promise<AnswerOnce> {
  const products = await findProducts(
    request.owner,
    request.items.map(({ sku }) => sku),
  );
  return runOnce({ db }, idempotency, async (tx) => {
    requireKnown(request.items, products);
    return render(await reserve(tx, request, products));
  });
}

async function reserve(
  tx: Transaction,
  { owner, items, expiresInSeconds, origin }: ReservationRequest,
  products: ReadonlyMap<string, OrderProduct>,
): Promise<Reservation> {
  const needs = needsOf(items, products);
  const levels = await lockStock(tx, [...needs.keys()]);
  const [shortages] = allocate(levels, [{ needs }]);
  if (shortages) throw outOfStock(items, products, shortages);
  // After the locks, which can take time.
  const at = new Date();
  const reservation: Reservation = {
    reservationId: uuidv7(),
    owner,
    status: 'active',
    expiresAt: new Date(at.getTime() + expiresInSeconds * 1_000),
    orderId: null,
    items: itemsOf(needs, products, levels),
    version: 1,
    createdAt: at,
    updatedAt: at,
  };
  insertReservation(tx, reservation);
  writeStock(tx, levels, changesOf(reservation, origin), at);
  return reservation;
}

const changesOf = ({ reservationId, items }: Reservation, origin: Origin): StockChange[] =>
  items
    .filter(({ isStockKept }) => isStockKept)
    .map(({ productId, quantity }) => ({
      productId,
      cause: 'reservation_created',
      onHand: 0,
      reserved: quantity,
      reservationId,
      origin,
    }));

function needsOf(
  items: readonly RequestedItem[],
  products: ReadonlyMap<string, OrderProduct>,
): Map<string, number> {
  const needs = new Map<string, number>();
  for (const { sku, quantity } of items) {
    const id = products.get(sku)?.productId;
    if (id !== undefined) needs.set(id, (needs.get(id) ?? 0) + quantity);
  }
  return needs;
}

/** In the order in which a reservation is read. */
function itemsOf(
  needs: ReadonlyMap<string, number>,
  products: ReadonlyMap<string, OrderProduct>,
  levels: ReadonlyMap<string, StockLevel>,
): ReservationItem[] {
  const skus = new Map([...products.values()].map(({ productId, sku }) => [productId, sku]));
  return [...needs].map(([productId, quantity]) => ({
    productId,
    sku: skus.get(productId) ?? '',
    quantity,
    isStockKept: levels.has(productId),
  }));
}

function requireKnown(
  items: readonly RequestedItem[],
  products: ReadonlyMap<string, OrderProduct>,
): void {
  const unknown = items.flatMap(({ sku }, index) => (products.has(sku) ? [] : [{ sku, index }]));
  if (unknown.length === 0) return;
  const skus = [...new Set(unknown.map(({ sku }) => sku))];
  throw new AppError(UNKNOWN_PRODUCT, `there is no product with this code: ${skus.join(', ')}`, {
    errors: unknown.map(({ sku, index }) => ({
      path: `items[${index}].product_id`,
      message: `there is no product with the code ${sku}`,
    })),
  });
}

/** Names the first item of each product of which too few units are available. */
function outOfStock(
  items: readonly RequestedItem[],
  products: ReadonlyMap<string, OrderProduct>,
  shortages: readonly Shortage[],
): AppError {
  const short = shortages.map(({ productId, requested, available }) => {
    const index = items.findIndex(({ sku }) => products.get(sku)?.productId === productId);
    const sku = items[index]?.sku ?? productId;
    const message = `${sku}: ${requested} requested, ${Math.max(0, available)} available`;
    return { sku, error: { path: `items[${index}]`, message } };
  });
  return new AppError(OUT_OF_STOCK, `out of stock: ${short.map(({ sku }) => sku).join(', ')}`, {
    errors: short.map(({ error }) => error),
  });
}
