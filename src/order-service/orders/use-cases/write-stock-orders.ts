import { allocate, type Needs } from '../../inventory/domain/allocate';
import { clampReleases } from '../../inventory/domain/clamp-releases';
import { RESERVATION_EXPIRED } from '../../inventory/domain/problem-types';
import { type StockChange } from '../../inventory/domain/stock';
import { markConverted } from '../../inventory/use-cases/convert-reservation';
import { writeStock } from '../../inventory/use-cases/write-stock';
import { UNAVAILABLE } from '../../../shared/contracts/problem';
import { AppError } from '../../../shared/errors';
import { appendEvents } from '../../../shared/event-log/append-events';
import { recordKey, type StoredRecord } from '../../../shared/idempotency/idempotency-records';
import { releaseRecords } from '../../../shared/idempotency/release-records';
import { createGroupCommit, type Outcome } from '../../../shared/postgres/group-commit';
import { type LockMode, LockWaitTimeout } from '../../../shared/postgres/lock-lanes';
import { type Database, type Transaction } from '../../../shared/postgres/queryable';
import { outOfStock } from '../domain/order-stock';
import { insertOrders } from '../store/order-insert-store';
import { claimAndLock, type LockedGroup } from './lock-order-stock';
import {
  crashAfterClaim,
  crashBeforeCommit,
  type Placement,
  type WriteOrder,
  type WriteOutcome,
} from './placement';

/**
 * Nothing was written. `stock_locked`: another session keeps the reservation or the stock of a product locked. `key_released`: the order waited for
 * another one with the same key, which was refused, so that the key is free again.
 */
type StockOutcome = WriteOutcome | 'stock_locked' | 'key_released';

/**
 * Writes orders that need stock. Orders that arrive at the same time share a transaction, which locks the stock of each of their products
 * once. It waits for the claims of the idempotency records and for the locks; then pure code decides in order of arrival which orders get
 * stock, and everything is sent with the COMMIT. A refused order leaves nothing behind and does not affect the others.
 *
 * When another session keeps a reservation or the stock of a product locked, the orders that need it wait for the lock in transactions of their
 * own, so that the others wait only once and briefly.
 */
export function createStockOrderWriter(db: Database): WriteOrder {
  const lockedElsewhere = new Set<string>();
  const isAffected = ({ needs, reservationId }: Placement): boolean =>
    lockedElsewhere.size > 0 && [...needs.keys(), reservationId ?? ''].some((id) => lockedElsewhere.has(id));
  const createLane = (modeFor: (placements: readonly Placement[]) => LockMode) =>
    createGroupCommit<Placement, StockOutcome>({
      // The second of two orders with one reservation finds it converted.
      keyOf: ({ reservationId, order }) => reservationId ?? order.orderId,
      retriedWith: ({ record }) => recordKey(record),
      retriesInOrder: true,
      work: (placements) => writeGroup(db, placements, lockedElsewhere, modeFor(placements)),
    });
  const lane = createLane((placements) => (placements.some(isAffected) ? 'skip' : 'wait_briefly'));
  const waitingLane = createLane(() => 'wait');
  return async function write(placement): Promise<WriteOutcome> {
    const first = isAffected(placement) ? 'stock_locked' : await lane(placement);
    const outcome = first === 'stock_locked' ? await waitingLane(placement) : first;
    if (outcome === 'key_released') return write(placement);
    if (outcome !== 'stock_locked') return outcome;
    throw new AppError(UNAVAILABLE, 'the stock of a product is being changed; try again');
  };
}

/** Writes the orders. After a lock timeout it writes those that need none of the locked rows. */
async function writeGroup(
  db: Database,
  placements: readonly Placement[],
  lockedElsewhere: Set<string>,
  mode: LockMode,
): Promise<Outcome<StockOutcome>[]> {
  try {
    const { outcomes, group } = await db.transaction((tx) => writeOrders(tx, placements, mode));
    for (const id of group.requested) lockedElsewhere.delete(id);
    for (const id of group.lockedElsewhere) lockedElsewhere.add(id);
    return outcomes;
  } catch (error) {
    if (!(error instanceof LockWaitTimeout)) throw error;
    return writeGroup(db, placements, lockedElsewhere, 'skip');
  }
}

async function writeOrders(
  tx: Transaction,
  placements: readonly Placement[],
  mode: LockMode,
): Promise<{ outcomes: Outcome<StockOutcome>[]; group: LockedGroup }> {
  const at = new Date();
  const group = await claimAndLock(tx, placements, mode);
  crashAfterClaim();
  const claimed = placements.filter((_, index) => group.earlier[index] === null);
  const refusals = refusalsOf(claimed, group);
  const [refused, granted] = partition(claimed, ({ record }) => refusals.has(record));
  releaseRecords(
    tx,
    refused.map(({ record }) => record),
  );
  reserveStock(tx, granted, group, at);
  insertOrders(
    tx,
    granted.map(({ order }) => order),
    stockKept(granted, group),
  );
  appendEvents(
    tx,
    granted.map(({ event }) => event),
  );
  crashBeforeCommit();
  const outcomes = placements.map((one, index) => outcomeOf(one, group.earlier[index] ?? null, refusals));
  return { outcomes, group };
}

type Refusal = AppError | 'stock_locked';

/** Decides in order of arrival which orders are not written. */
function refusalsOf(claimed: readonly Placement[], group: LockedGroup): Map<StoredRecord, Refusal> {
  const refusals = new Map<StoredRecord, Refusal>();
  const possible = claimed.filter((placement) => {
    const refusal = refusalBeforeStock(placement, group);
    if (refusal) refusals.set(placement.record, refusal);
    return refusal === null;
  });
  const requests = possible.map((one) => {
    const freed = reservedNeeds(one, group);
    return { needs: one.needs, ...(freed && { freed }) };
  });
  allocate(group.levels, requests).forEach((shortages, index) => {
    const placement = possible[index];
    if (placement && shortages) refusals.set(placement.record, outOfStock(placement.order, shortages));
  });
  return refusals;
}

function refusalBeforeStock(placement: Placement, group: LockedGroup): Refusal | null {
  const { reservationId } = placement;
  if (reservationId !== null && group.lockedElsewhere.has(reservationId)) return 'stock_locked';
  const freed = reservedNeeds(placement, group);
  if (reservationId !== null && !freed)
    return new AppError(RESERVATION_EXPIRED, 'the reservation does not exist, has expired or has been used');
  const products = [...placement.needs.keys(), ...(freed?.keys() ?? [])];
  return products.some((productId) => group.lockedElsewhere.has(productId)) ? 'stock_locked' : null;
}

function reserveStock(tx: Transaction, granted: readonly Placement[], group: LockedGroup, at: Date): void {
  const changes = clampReleases(
    group.levels,
    granted.flatMap((one) => stockChanges(one, group)),
  );
  if (changes.length > 0) writeStock(tx, group.levels, changes, at);
  const conversions = granted.flatMap(({ order: { orderId }, reservationId }) =>
    reservationId === null ? [] : [{ reservationId, orderId }],
  );
  if (conversions.length > 0) markConverted(tx, conversions, at);
}

/** What the order's reservation gives back comes first. */
function stockChanges(placement: Placement, group: LockedGroup): StockChange[] {
  const { order, needs, reservationId } = placement;
  const { actor, correlationId, traceparent } = placement.event;
  const unchanged = { onHand: 0, origin: { actor, correlationId, traceparent } };
  const given = keptNeeds(reservedNeeds(placement, group), group).map(
    ([productId, quantity]): StockChange => ({
      ...unchanged,
      productId,
      cause: 'reservation_converted',
      reserved: -quantity,
      ...(reservationId !== null && { reservationId }),
    }),
  );
  const taken = keptNeeds(needs, group).map(([productId, quantity]): StockChange => ({
    ...unchanged,
    productId,
    cause: 'order_placed',
    reserved: quantity,
    orderId: order.orderId,
  }));
  return [...given, ...taken];
}

/** The products of which each order reserves stock, by the id of the order. */
function stockKept(granted: readonly Placement[], group: LockedGroup): Map<string, Set<string>> {
  const kept = granted.map(({ order: { orderId }, needs }) => {
    const products = keptNeeds(needs, group).map(([productId]) => productId);
    return [orderId, new Set(products)] as const;
  });
  return new Map(kept.filter(([, products]) => products.size > 0));
}

/** Those of the products that are stock-kept. */
const keptNeeds = (needs: Needs | undefined, { levels }: LockedGroup): [string, number][] =>
  [...(needs ?? [])].filter(([productId]) => levels.has(productId));

const reservedNeeds = ({ reservationId }: Placement, { reservations }: LockedGroup): Needs | undefined =>
  reservationId === null ? undefined : reservations.get(reservationId)?.needs;

/** A repeat in the same group shares the outcome of the first; it has the first's record as its earlier one. Another request does not. */
function outcomeOf(
  { record }: Placement,
  before: StoredRecord | null,
  refusals: ReadonlyMap<StoredRecord, Refusal>,
): Outcome<StockOutcome> {
  const refusal = refusals.get(before ?? record);
  if (refusal === undefined) return { value: before };
  const isOtherRequest = before !== null && before.fingerprint !== record.fingerprint;
  if (isOtherRequest) return { value: 'key_released' };
  return refusal === 'stock_locked' ? { value: refusal } : { error: refusal };
}

function partition<T>(values: readonly T[], isFirst: (value: T) => boolean): [T[], T[]] {
  return [values.filter(isFirst), values.filter((value) => !isFirst(value))];
}
