import { type FreeLevels } from '../../inventory/domain/stock';
import {
  type FreeReservations,
  lockFreeReservations,
  lockReservations,
} from '../../inventory/use-cases/convert-reservation';
import { lockStockIn } from '../../inventory/use-cases/lock-stock';
import { type StoredRecord } from '../../../shared/idempotency/idempotency-records';
import { limitWait, type LockMode, throwLockWait } from '../../../shared/postgres/lock-lanes';
import { type Transaction } from '../../../shared/postgres/queryable';
import { claimOrderRecords } from '../store/order-insert-store';
import { type Placement } from './placement';

/** The rows that a group of orders needs, locked until the transaction ends. */
export interface LockedGroup extends FreeReservations, Pick<FreeLevels, 'levels'> {
  /** For each order null when its idempotency record is claimed, else the earlier record. */
  earlier: (StoredRecord | null)[];
  /** The ids of the reservations and products that were to be locked, whether they exist or not. */
  requested: ReadonlySet<string>;
}

/**
 * Claims the idempotency records of orders, then locks their reservations and then the stock of their products: the order in which every
 * transaction locks. Waits once, and once more when an order takes a reservation over, which can contain further products.
 *
 * @throws LockWaitTimeout unless the mode is `skip`.
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
    const [earlier, { levels, lockedElsewhere }] = await Promise.all([
      claims,
      lockStockIn(tx, [...products], mode),
    ]);
    return { earlier, reservations: new Map(), levels, lockedElsewhere, requested: products };
  }
  const [earlier, { reservations, lockedElsewhere }] = await Promise.all([
    claims,
    lockWanted(tx, wanted, mode),
  ]);
  for (const { needs } of reservations.values())
    for (const productId of needs.keys()) products.add(productId);
  const stock = await lockStockIn(tx, [...products], mode);
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
  mode: LockMode,
): Promise<FreeReservations> {
  if (mode === 'skip') return lockFreeReservations(tx, wanted);
  // Sent behind the claims, which wait for the transaction of a first request.
  limitWait(tx, mode);
  const reservations = await lockReservations(tx, wanted).catch(throwLockWait);
  return { reservations, lockedElsewhere: new Set() };
}
