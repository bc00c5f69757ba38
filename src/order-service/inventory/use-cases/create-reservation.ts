import { v7 as uuidv7 } from 'uuid';
import { type Origin } from '../../../shared/event-log/event';
import { type IdempotentRequest } from '../../../shared/idempotency/idempotency-records';
import { type Answer, type AnswerOnce } from '../../../shared/idempotency/run-once';
import { createRunOnceTogether } from '../../../shared/idempotency/run-once-together';
import { type Outcome } from '../../../shared/postgres/group-commit';
import { LOCKED, type Locked, type LockMode, throwLockWait } from '../../../shared/postgres/lock-lanes';
import { type Database, type Transaction } from '../../../shared/postgres/queryable';
import { type OrderProduct } from '../../catalogue/domain/order-product';
import { type FindOrderProducts } from '../../catalogue/use-cases/find-order-products';
import { allocate, type StockRequest } from '../domain/allocate';
import { type Reservation } from '../domain/reservation';
import { itemsOf, needsOf, outOfStock, type RequestedItem, unsaleableItems } from '../domain/requested-items';
import { type StockChange, type StockLevel } from '../domain/stock';
import { databaseTime, insertReservations } from '../store/reservation-store';
import { lockStockIn } from './lock-stock';
import { writeStock } from './write-stock';

export interface CreateReservationDependencies {
  db: Database;
  findProducts: FindOrderProducts;
  /** Renders the answer. */
  render: (reservation: Reservation) => Answer;
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
 * @throws AppError `unprocessable` (`unknown_product`; `inactive_product`; `idempotency_key_reused`); `conflict` (`out_of_stock`)
 */
export type CreateReservation = (
  request: ReservationRequest,
  idempotency: IdempotentRequest | null,
) => Promise<AnswerOnce>;

/** Requests that arrive at the same time share a transaction, which locks the stock of each of their products once. */
export function createReservationWriter({
  db,
  findProducts,
  render,
}: CreateReservationDependencies): CreateReservation {
  const write = createRunOnceTogether(db, async (tx, requests: readonly KnownRequest[], mode) => {
    const outcomes = await reserveAll(tx, requests, mode);
    return outcomes.map((outcome): Outcome<Answer | Locked> => {
      if (!('value' in outcome)) return outcome;
      return { value: outcome.value === LOCKED ? LOCKED : render(outcome.value) };
    });
  });
  return async (request, idempotency) => {
    const skus = request.items.map(({ sku }) => sku);
    const products = await findProducts(request.owner, skus);
    return write({ ...request, products }, idempotency);
  };
}

interface KnownRequest extends ReservationRequest {
  /** By sku; one that cannot be reserved is an error only if the request is not the repeat of an earlier one. */
  products: ReadonlyMap<string, OrderProduct>;
}

/** Decides in the order of arrival. */
async function reserveAll(
  tx: Transaction,
  requests: readonly KnownRequest[],
  mode: LockMode,
): Promise<Outcome<Reservation | Locked>[]> {
  const all = requests.map((request) => ({ request, needs: needsOf(request.items, request.products) }));
  const productIds = [...new Set(all.flatMap(({ needs }) => [...needs.keys()]))];
  // The time is read behind the locks, for which the transaction can have waited.
  const [{ levels, lockedElsewhere }, at] = await Promise.all([
    lockStockIn(tx, productIds, mode),
    databaseTime(tx),
  ]).catch(throwLockWait);
  const isLocked = ({ needs }: Pick<StockRequest, 'needs'>): boolean =>
    [...needs.keys()].some((productId) => lockedElsewhere.has(productId));
  const known = all.filter(
    (one) => !isLocked(one) && unsaleableItems(one.request.items, one.request.products) === null,
  );
  const shortages = new Map(allocate(levels, known).map((short, index) => [known[index], short]));
  const outcomes = all.map((one): Outcome<Reservation | Locked> => {
    const { items, products } = one.request;
    if (isLocked(one)) return { value: LOCKED };
    const short = shortages.get(one);
    if (short === null) return { value: toReservation(one, levels, at) };
    return { error: short ? outOfStock(items, products, short) : unsaleableItems(items, products) };
  });
  const granted = outcomes.map((one) => ('value' in one && one.value !== LOCKED ? one.value : null));
  insertReservations(
    tx,
    granted.filter((reservation) => reservation !== null),
  );
  const changes = granted.flatMap((one, index) => changesOf(one, requests[index]));
  writeStock(tx, levels, changes, at);
  return outcomes;
}

function toReservation(
  { request, needs }: { request: KnownRequest; needs: ReadonlyMap<string, number> },
  levels: ReadonlyMap<string, StockLevel>,
  at: Date,
): Reservation {
  const { owner, products, expiresInSeconds } = request;
  return {
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
}

function changesOf(reservation: Reservation | null, request: KnownRequest | undefined): StockChange[] {
  if (!reservation || !request) return [];
  const { reservationId, items } = reservation;
  return items
    .filter(({ isStockKept }) => isStockKept)
    .map(({ productId, quantity }) => ({
      productId,
      cause: 'reservation_created',
      onHand: 0,
      reserved: quantity,
      reservationId,
      origin: request.origin,
    }));
}
