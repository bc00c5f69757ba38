import { type ActiveReservation, lockReservations } from '../../inventory/use-cases/convert-reservation';
import { type FreeLevels, lockStock } from '../../inventory/use-cases/lock-stock';
import { type StoredRecord } from '../../../shared/idempotency/idempotency-records';
import { isLockTimeout } from '../../../shared/postgres/database-errors';
import { limitLockWait } from '../../../shared/postgres/lock-wait';
import { type Transaction } from '../../../shared/postgres/queryable';
import { claimOrderRecords } from '../store/order-insert-store';
import { type Placement } from './placement';

/**
 * How a group gets the locks of stock that another session holds. `wait_briefly`: others wait with it; much longer than a transaction that
 * changes stock takes. `wait`: as long as any lock. `skip`: not at all, the stock is left out.
 */
export type LockMode = 'wait_briefly' | 'wait' | 'skip';

const BRIEF_WAIT_MS = 250;

/** The rows that a group of orders needs, locked until the transaction ends. */
export interface LockedGroup extends FreeLevels {
  /** For each order null when its idempotency record is claimed, else the earlier record. */
  earlier: (StoredRecord | null)[];
  /** The reservations that can still be taken over, by id. */
  reservations: ReadonlyMap<string, ActiveReservation>;
}

/** Another session kept the stock of a product locked for longer than the lock timeout. */
export class StockLockTimeout extends Error {
  constructor(cause: unknown) {
    super('the stock of a product is locked', { cause });
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
  mode: LockMode,
): Promise<LockedGroup> {
  const claims = claimOrderRecords(
    tx,
    placements.map(({ record }) => record),
  );
  const products = new Set(placements.flatMap(({ needs }) => [...needs.keys()]));
  const wanted = placements.flatMap(({ order: { clientId: owner }, reservationId }) =>
    reservationId === null ? [] : [{ owner, reservationId }],
  );
  if (wanted.length === 0) {
    const [earlier, stock] = await Promise.all([claims, lockProducts(tx, products, mode)]);
    return { earlier, reservations: new Map(), ...stock };
  }
  const [earlier, reservations] = await Promise.all([claims, lockReservations(tx, wanted)]);
  for (const { needs } of reservations.values())
    for (const productId of needs.keys()) products.add(productId);
  return { earlier, reservations, ...(await lockProducts(tx, products, mode)) };
}

async function lockProducts(
  tx: Transaction,
  products: ReadonlySet<string>,
  mode: LockMode,
): Promise<FreeLevels> {
  const productIds = [...products];
  if (mode === 'skip') return lockStock(tx, productIds, { skipLocked: true });
  if (mode === 'wait_briefly') limitLockWait(tx, BRIEF_WAIT_MS);
  const levels = await lockStock(tx, productIds).catch((error: unknown) => {
    throw isLockTimeout(error) ? new StockLockTimeout(error) : error;
  });
  return { levels, lockedElsewhere: new Set() };
}
