import { type ShipmentMessage } from '../../../shared/contracts/messages';
import { problemType } from '../../../shared/contracts/problem';
import { type FindingKind } from '../../../shared/contracts/reconciliation';
import { uuid } from '../../../shared/contracts/text';
import { AppError, PublicHealthError } from '../../../shared/errors';
import { type Page, type PageRequest, readPage } from '../../../shared/postgres/keyset-page';
import { type Database, type Queryable, type Transaction } from '../../../shared/postgres/queryable';
import { withTimeout } from '../../../shared/runtime/with-timeout';
import { type StoredFinding, shipmentWithoutOrder } from '../../orders/domain/compare-shipment';
import {
  acceptFinding as accept,
  countFindings as count,
  saveFindings,
  listFindings as list,
} from '../store/finding-store';
import { startFastSweeps } from '../store/sweep-store';

export const FINDING_NOT_FOUND = problemType(
  'not_found',
  'finding_not_found',
  'there is no finding about this order',
);

const BEFORE_ALL = '00000000-0000-0000-0000-000000000000';

/** Without an answer in this time, in milliseconds, the check passes: the health check of the database reports the cause. */
const TIMEOUT_MS = 1_000;

/**
 * A page of the differences that the reconciler could not repair, by order id.
 *
 * @throws AppError `invalid_input` (`invalid_cursor`)
 */
export function listFindings(db: Queryable, page: PageRequest): Promise<Page<StoredFinding>> {
  return readPage(page, {
    position: uuid,
    positionOf: ({ orderId }) => orderId,
    read: (after, limit) => list(db, after ?? BEFORE_ALL, limit),
  });
}

/**
 * Accepts a finding: it stays in the list and is no longer counted.
 *
 * @throws AppError `not_found` when there is no finding about that order.
 */
export async function acceptFinding(db: Queryable, orderId: string, actor: string): Promise<void> {
  if (await accept(db, orderId, actor)) return;
  throw new AppError(FINDING_NOT_FOUND, 'there is no finding about this order');
}

/** The number of findings of each kind that are not accepted. */
export async function countFindings(db: Queryable): Promise<ReadonlyMap<FindingKind, number>> {
  return count(db);
}

/** @throws PublicHealthError with the number of open findings of each kind, when there are any. */
export async function checkFindings(db: Queryable): Promise<void> {
  const counts = await withTimeout(TIMEOUT_MS, countFindings(db), () => null).catch(() => null);
  const texts = [...(counts ?? [])].map(([kind, number]) => `${kind} ${number}`);
  if (texts.length > 0)
    throw new PublicHealthError(
      `orders that do not match their shipments: ${texts.join(', ')}; see /reconciliation`,
    );
}

/** Records shipments whose orders do not exist as findings; returns the ids of those orders that had no such finding. */
export async function recordUnknownOrders(
  tx: Transaction,
  messages: readonly ShipmentMessage[],
): Promise<ReadonlySet<string>> {
  const findings = messages.map(({ order_id: orderId, version, payload }) =>
    shipmentWithoutOrder(orderId, { shipment_id: payload.shipment_id, status: payload.status, version }),
  );
  return new Set((await saveFindings(tx, findings)).map(({ orderId }) => orderId));
}

/** Starts a sweep: a shipment without an order shows that the database of the Order Service was restored, so it may lack other orders. */
export async function sweepAfterUnknownOrder({ db }: { db: Database }): Promise<void> {
  await startFastSweeps(db);
}
