import {
  type FreeReservations,
  lockFreeReservations,
  lockReservations,
} from '../../inventory/use-cases/convert-reservation';
import { type FreeLevels, lockStock } from '../../inventory/use-cases/lock-stock';
import { type StoredRecord } from '../../../shared/idempotency/idempotency-records';
import { isLockTimeout } from '../../../shared/postgres/database-errors';
import { limitLockWait } from '../../../shared/postgres/lock-wait';
import { type Transaction } from '../../../shared/postgres/queryable';
import { claimOrderRecords } from '../store/order-insert-store';
import { type Placement } from './placement';

/**
 * How a group gets the locks of reservations and stock that another session holds. `wait_briefly`: others wait with it; much longer than a
 * transaction that changes stock takes. `wait`: as long as any lock. `skip`: not at all, what is locked is left out.
 */
export type LockMode = 'wait_briefly' | 'wait' | 'skip';

const BRIEF_WAIT_MS = 250;

/** The rows that a group of orders needs, locked until the transaction ends. */
export interface LockedGroup extends FreeReservations, Pick<FreeLevels, 'levels'> {
  /** For each order null when its idempotency record is claimed, else the earlier record. */
  earlier: (StoredRecord | null)[];
  /** The ids of the reservations and products that were to be locked, whether they exist or not. */
  requested: ReadonlySet<string>;
}

/** Another session kept a reservation or the stock of a product locked for longer than the lock timeout. */
export class StockLockTimeout extends Error {
  constructor(cause: unknown) {
    super('a reservation or the stock of a product is locked', { cause });
    this.name = 'StockLockTimeout';
  }
}

/**
 * Claims the idempotency records of orders, then locks their reservations and then the stock of their products: the order in which every
 * transaction locks. Waits once, and once more when an order takes a reservation over, which can contain further products.
 *
 * @throws StockLockTimeout unless the mode is `skip`.
 */
export async function claimAndLock(
  tx: Transaction,
  placements: readonly Placement[],
  at: Date,
  mode: LockMode,
): Promise<LockedGroup> {
  const claims = claimOrderRecords(
    tx,
    placements.map(({ record }) => record),
  );
  // Behind the claims, which wait for the transaction of a first request.
  if (mode === 'wait_briefly') limitLockWait(tx, BRIEF_WAIT_MS);
  const products = new Set(placements.flatMap(({ needs }) => [...needs.keys()]));
  const wanted = placements.flatMap(({ order: { clientId: owner }, reservationId }) =>
    reservationId === null ? [] : [{ owner, reservationId }],
  );
  if (wanted.length === 0) {
    const [earlier, { levels, lockedElsewhere }] = await Promise.all([claims, lockProducts(tx, products, mode)]);
    return { earlier, reservations: new Map(), levels, lockedElsewhere, requested: products };
  }
  const [earlier, { reservations, lockedElsewhere }] = await Promise.all([
    claims,
    lockWanted(tx, wanted, at, mode),
  ]);
  for (const { needs } of reservations.values())
    for (const productId of needs.keys()) products.add(productId);
  const stock = await lockProducts(tx, products, mode);
  return {
    earlier,
    reservations,
    levels: stock.levels,
    lockedElsewhere: new Set([...lockedElsewhere, ...stock.lockedElsewhere]),
    requested: new Set([...wanted.map(({ reservationId }) => reservationId), ...products]),
  };
}

async function lockWanted(
  tx: Transaction,
  wanted: readonly { owner: string; reservationId: string }[],
  at: Date,
  mode: LockMode,
): Promise<FreeReservations> {
  if (mode === 'skip') return lockFreeReservations(tx, wanted, at);
  const reservations = await lockReservations(tx, wanted, at).catch(throwTimeout);
  return { reservations, lockedElsewhere: new Set() };
}

async function lockProducts(
  tx: Transaction,
  products: ReadonlySet<string>,
  mode: LockMode,
): Promise<FreeLevels> {
  const productIds = [...products];
  if (mode === 'skip') return lockStock(tx, productIds, { skipLocked: true });
  const levels = await lockStock(tx, productIds).catch(throwTimeout);
  return { levels, lockedElsewhere: new Set() };
}

function throwTimeout(error: unknown): never {
  throw isLockTimeout(error) ? new StockLockTimeout(error) : error;
}
