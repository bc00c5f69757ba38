import { RECONCILIATION_BATCH, sweptShipmentList } from '../../../shared/contracts/reconciliation';
import { leastIdAt } from '../../../shared/contracts/text';
import { type Origin } from '../../../shared/event-log/event';
import { renewInstallation } from '../../../shared/postgres/installation';
import { type Queryable } from '../../../shared/postgres/queryable';
import {
  existingOrders,
  ordersBefore,
  returnStalledOrders,
  takeStalledOrders,
} from '../../orders/use-cases/view-orders';
import {
  restartFastSweeps,
  completeSweepPage,
  returnSweepPage,
  type SweepName,
  type SweepPage,
  takeSweepPage,
} from '../store/sweep-store';
import { type CompareDependencies, compareOrders } from './compare-orders';
import { type ComparisonReport, emptyReport, withFindings } from './comparison-report';
import { recordShipmentsWithoutOrder } from './recheck-findings';

const DAY_MS = 86_400_000;

export interface SweepDependencies extends CompareDependencies {
  /** The age in days up to which a pass compares orders, counted from when they were placed. */
  sweepDays: number;
}

/** A compared page, and the position at which the next page begins; null when the pass is complete. */
interface ComparedPage {
  report: ComparisonReport;
  position: string | null;
}

/**
 * Compares the next page of orders, open or ended, with their shipments. Null when no page is due. A pass that is not fast leaves out open
 * orders that have just changed: their messages are on their way, and {@link reconcileOrders} compares them if they stop moving.
 *
 * @throws AppError `unavailable` when the Delivery Service does not answer; the page stays due.
 */
export async function sweepOrders(
  deps: SweepDependencies,
  origin: Origin,
  signal: AbortSignal,
): Promise<ComparisonReport | null> {
  return comparePage(deps, 'orders', async (db, { position, isFast }) => {
    const oldest = oldestId(deps);
    const orders = await ordersBefore(db, position, deps.afterSeconds, RECONCILIATION_BATCH);
    const compared = orders.filter(({ orderId, isMoving }) => orderId >= oldest && (isFast || !isMoving));
    const report = await compareOrders(deps, idsOf(compared), origin, signal);
    return { report, position: nextPosition(idsOf(orders), oldest) };
  });
}

/**
 * Reads the next page of shipments from the Delivery Service, and stores those whose orders do not exist as findings. Null when no page is
 * due.
 *
 * @throws AppError `unavailable` when the Delivery Service does not answer; the page stays due.
 */
export async function sweepShipments(deps: SweepDependencies): Promise<ComparisonReport | null> {
  return comparePage(deps, 'shipments', async (db, { position: before }) => {
    const oldest = oldestId(deps);
    const query = { before, limit: RECONCILIATION_BATCH };
    const { data } = await deps.deliveryService.get('/reconciliation/shipments', sweptShipmentList, query);
    // The shipments are read before the orders: an order is committed before its message is sent.
    const existing = await existingOrders(
      db,
      data.map(({ order_id: orderId }) => orderId),
    );
    const found = await recordShipmentsWithoutOrder(
      deps,
      data.filter(({ order_id: orderId, shipment_id: id }) => id >= oldest && !existing.has(orderId)),
    );
    const ids = data.map(({ shipment_id: id }) => id);
    return { report: withFindings(emptyReport(data.length), found), position: nextPosition(ids, oldest) };
  });
}

/**
 * Compares a batch of stalled orders with their shipments and repairs lost messages, so that every order reaches a final status even if
 * both queues are wiped.
 *
 * @throws AppError `unavailable` when the Delivery Service does not answer and nothing was done; the orders are compared again soon.
 */
export async function reconcileOrders(
  deps: CompareDependencies,
  origin: Origin,
  signal: AbortSignal,
): Promise<ComparisonReport> {
  const db = deps.db;
  const stalled = await takeStalledOrders(db, deps.afterSeconds, RECONCILIATION_BATCH);
  try {
    return await compareOrders(deps, stalled, origin, signal);
  } catch (error) {
    await returnStalledOrders(db, stalled, deps.afterSeconds);
    throw error;
  }
}

/**
 * Prepares the service after a restore of either database. Entries that Redis holds from before the restore are no longer used, because
 * their orders may not exist; and a sweep starts at once to find what a database has lost. A running service keeps the identity that it has
 * read.
 */
export async function prepareAfterRestore(db: Queryable): Promise<void> {
  await renewInstallation(db);
  await restartFastSweeps(db);
}

async function comparePage(
  { db, afterSeconds }: SweepDependencies,
  name: SweepName,
  compare: (db: Queryable, page: SweepPage) => Promise<ComparedPage>,
): Promise<ComparisonReport | null> {
  const page = await takeSweepPage(db, name);
  if (!page) return null;
  try {
    const { report, position } = await compare(db, page);
    if (report.outage) throw report.outage;
    await completeSweepPage(db, name, page, position, afterSeconds / 4);
    return report;
  } catch (error) {
    await returnSweepPage(db, name);
    throw error;
  }
}

/** The least id in the range: ids of version 7 sort by the time of their creation. */
const oldestId = ({ sweepDays }: SweepDependencies): string => leastIdAt(Date.now() - sweepDays * DAY_MS);

function nextPosition(ids: readonly string[], oldest: string): string | null {
  const last = ids.at(-1);
  return ids.length < RECONCILIATION_BATCH || last === undefined || last < oldest ? null : last;
}

const idsOf = (orders: readonly { orderId: string }[]): string[] => orders.map(({ orderId }) => orderId);
