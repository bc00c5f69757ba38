import { ownersWithProducts } from '../../catalogue/use-cases/catalogue-owners';
import { appendEvents } from '../../../shared/event-log/append-events';
import {
  type IdempotencyRecord,
  recordKey,
  type StoredRecord,
} from '../../../shared/idempotency/idempotency-records';
import { releaseRecords } from '../../../shared/idempotency/release-records';
import { createGroupCommit, type Outcome } from '../../../shared/postgres/group-commit';
import { type Database, type Transaction } from '../../../shared/postgres/queryable';
import { claimOrderRecords, insertOrders } from '../store/order-insert-store';
import {
  crashAfterClaim,
  crashBeforeCommit,
  type Placement,
  type WriteOrder,
  type WriteOutcome,
} from './placement';

/**
 * Writes orders of free items, each with its idempotency record, its lines and its event; orders that arrive at the same time share a
 * transaction, and so do repeats of one request, of which the first is written. The transaction waits once, for the claims of the records
 * and for the owners that have products; everything after that is sent with the COMMIT.
 */
export function createFreeOrderWriter(db: Database): WriteOrder {
  return createGroupCommit({
    retriedWith: ({ record }: Placement) => recordKey(record),
    work: (placements: readonly Placement[]) => db.transaction((tx) => writeFreeOrders(tx, placements)),
  });
}

async function writeFreeOrders(
  tx: Transaction,
  placements: readonly Placement[],
): Promise<Outcome<WriteOutcome>[]> {
  const records = placements.map(({ record }) => record);
  const [earlier, withProducts] = await Promise.all([
    claimOrderRecords(tx, records),
    unresolvedOwnersWithProducts(tx, placements),
  ]);
  crashAfterClaim();
  const outcomes = withProducts.size > 0 ? refuseOwners(tx, placements, earlier, withProducts) : earlier;
  const claimed = placements.filter((_, index) => outcomes[index] === null);
  insertOrders(
    tx,
    claimed.map(({ order }) => order),
  );
  appendEvents(
    tx,
    claimed.map(({ event }) => event),
  );
  crashBeforeCommit();
  return outcomes.map((value) => ({ value }));
}

/** Sent together with the claims. */
function unresolvedOwnersWithProducts(
  tx: Transaction,
  placements: readonly Placement[],
): Promise<ReadonlySet<string>> {
  const owners = new Set<string>();
  for (const { isResolved, order } of placements) if (!isResolved) owners.add(order.clientId);
  return owners.size === 0 ? Promise.resolve(owners) : ownersWithProducts(tx, [...owners]);
}

/** Gives back the claims of unresolved orders whose owners have products. A repeat in the same group shares the outcome of the first. */
function refuseOwners(
  tx: Transaction,
  placements: readonly Placement[],
  earlier: readonly (StoredRecord | null)[],
  withProducts: ReadonlySet<string>,
): WriteOutcome[] {
  const isRefused = ({ isResolved, order }: Placement): boolean =>
    !isResolved && withProducts.has(order.clientId);
  const refused = new Set<StoredRecord>(
    placements.filter((one, index) => earlier[index] === null && isRefused(one)).map(({ record }) => record),
  );
  releaseRecords(tx, [...refused] as IdempotencyRecord[]);
  return placements.map(({ record }, index) => {
    const before = earlier[index] ?? null;
    return refused.has(before ?? record) ? 'owner_has_products' : before;
  });
}
