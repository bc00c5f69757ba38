import { type ShipmentResource } from '../../../shared/contracts/shipment-resource';
import { ORDERS_QUEUE } from '../../../shared/contracts/queues';
import { type FindingKind } from '../../../shared/contracts/reconciliation';
import { type Origin } from '../../../shared/event-log/event';
import { subjectsWithDropped } from '../../../shared/event-log/manage-refused-events';
import { resendEvents } from '../../../shared/event-log/outbox';
import { type Queryable } from '../../../shared/postgres/queryable';
import {
  compareWithShipment,
  type Finding,
  findingAbout,
  type OrderView,
  type Verdict,
} from '../../orders/domain/compare-shipment';
import { deleteFindings, saveFindings } from '../store/finding-store';
import { returnStalledOrders, viewOrders } from '../../orders/use-cases/view-orders';
import { shipmentsOfEach, type CatchUpDependencies } from './catch-up-order';
import { emptyReport, type ComparisonReport } from './comparison-report';
import { startFastSweeps } from '../store/sweep-store';
import { type OrderBehind, catchUpOrders } from './catch-up-orders';
import { logRepaired, logRepairs, type RepairLogDependencies } from './log-repairs';
import { restoreShipments, type Restoration } from './restore-shipments';

export interface CompareDependencies extends CatchUpDependencies, RepairLogDependencies {
  /** How long an order does not move before it is compared. */
  afterSeconds: number;
}

interface Comparison {
  order: OrderView;
  shipment: ShipmentResource | null;
  verdict: Verdict;
}

const RESENT_TYPES = { created_resent: 'ORDER_CREATED', cancel_resent: 'ORDER_CANCEL_REQUESTED' };

const FINDING_KINDS: Partial<Record<Verdict, Exclude<FindingKind, 'shipment_without_order'>>> = {
  different_end: 'different_end',
  different_way: 'different_way',
  cannot_follow: 'cannot_follow',
};

/**
 * Compares orders with their shipments, repairs the differences that can be repaired, and stores the others as findings. Repeats are
 * harmless, because both services recognise what they have already done.
 *
 * @param orderIds at most 100; orders that do not exist are left out
 * @param signal stops the work between two orders; the remaining orders are compared again later
 * @throws AppError `unavailable` when the Delivery Service does not answer.
 */
export async function compareOrders(
  deps: CompareDependencies,
  orderIds: readonly string[],
  origin: Origin,
  signal?: AbortSignal,
): Promise<ComparisonReport> {
  const report = emptyReport(orderIds.length);
  if (orderIds.length === 0) return report;
  const db = deps.db;
  const comparisons = await restoreLostSteps(deps, db, await compareAll(deps, db, orderIds, report), report);
  // Lost messages to the Delivery Service are sent first: without a shipment no order can go on.
  await resend(deps, db, comparisons, origin, report);
  const notProcessed = await catchUpOrders(deps, comparisons.flatMap(orderBehind), origin, signal, report);
  const { restored: shipment_restored, caughtUp: caught_up, aligned: renumbered } = report;
  await logRepairs(deps, { shipment_restored, caught_up, renumbered }, origin);
  // If the database does not answer, these orders are due again after the usual time.
  await returnStalledOrders(db, notProcessed, deps.afterSeconds).catch(() => undefined);
  const findings = findingsOf(comparisons, report);
  report.newFindings = await saveFindings(db, findings);
  await deleteFindings(
    db,
    excluding(idsOf(comparisons), [...notProcessed, ...findings.map(({ orderId }) => orderId)]),
  );
  // A database that has lost one change has probably lost others, also of orders that have ended.
  if (report.restored.length + report.newFindings.length > 0) await startFastSweeps(db);
  return report;
}

/** Reads the orders before the shipments: see {@link compareWithShipment}. */
async function compareAll(
  { deliveryService }: CompareDependencies,
  db: Queryable,
  orderIds: readonly string[],
  report: ComparisonReport,
): Promise<Comparison[]> {
  const orders = await viewOrders(db, orderIds);
  if (orders.size === 0) return [];
  const answer = await shipmentsOfEach(deliveryService, [...orders.keys()]);
  report.failed.push(...answer.failed);
  const failedIds = new Set(answer.failed.map(({ orderId }) => orderId));
  const shipments = new Map(answer.shipments.map((found) => [found.order_id, found]));
  return [...orders.values()].map((order) => {
    if (failedIds.has(order.orderId)) return { order, shipment: null, verdict: 'cannot_follow' };
    const shipment = shipments.get(order.orderId) ?? null;
    return { order, shipment, verdict: compareWithShipment(order, shipment) };
  });
}

/** Restores the steps that the Delivery Service has lost, and compares the orders with the restored shipments. */
async function restoreLostSteps(
  { deliveryService }: CompareDependencies,
  db: Queryable,
  comparisons: readonly Comparison[],
  report: ComparisonReport,
): Promise<Comparison[]> {
  const ahead = comparisons.filter(({ verdict }) => verdict === 'ahead');
  const missing = new Set(idsOf(ahead.filter(({ shipment }) => shipment === null)));
  const restorations = await restoreShipments(
    db,
    deliveryService,
    ahead.map(({ order }) => order),
    missing,
  );
  report.restored.push(...idsOf(restorations.filter(({ outcome }) => outcome === 'restored')));
  report.failed.push(
    ...restorations.flatMap(({ order, error }) => (error ? [{ orderId: order.orderId, error }] : [])),
  );
  const after = new Map(restorations.map((restoration) => [restoration.order.orderId, restoration]));
  return comparisons.map((before) => {
    const restoration = after.get(before.order.orderId);
    return restoration ? compareRestored(restoration, before) : before;
  });
}

function compareRestored({ order, outcome, shipment }: Restoration, before: Comparison): Comparison {
  // Nothing after the acceptance was reported: the order is sent again.
  if (outcome === 'not_restored' && !before.shipment) return { ...before, verdict: 'not_accepted' };
  if (!shipment || outcome === 'not_restored') return { ...before, verdict: 'cannot_follow' };
  const verdict = compareWithShipment(order, shipment);
  if (verdict !== 'ahead') return { order, shipment, verdict };
  // The states agree, the version numbers do not: the shipment has taken other steps.
  return { order, shipment, verdict: outcome === 'contradicting' ? 'cannot_follow' : 'renumbered' };
}

async function resend(
  deps: CompareDependencies,
  db: Queryable,
  comparisons: readonly Comparison[],
  origin: Origin,
  report: ComparisonReport,
): Promise<void> {
  const { afterSeconds } = deps;
  const notAccepted = idsOf(comparisons.filter(({ verdict }) => verdict === 'not_accepted'));
  const agreeing = comparisons.filter(({ verdict }) => verdict === 'agree');
  // A shipment that is created again must get the cancellation request again before its parcel leaves.
  const candidates = comparisons.filter(({ verdict }) => verdict === 'agree' || verdict === 'not_accepted');
  const unanswered = idsOf(candidates.filter(({ order }) => order.isCancelRequested));
  report.createdResent = await sendAgain(deps, notAccepted, 'created_resent', origin);
  report.cancelResent = await sendAgain(deps, unanswered, 'cancel_resent', origin);
  report.agreeing = idsOf(agreeing.filter(({ order }) => !order.isCancelRequested));
  const resent = new Set([...report.createdResent, ...report.cancelResent]);
  // An outage delayed their messages: they were sent too recently to be sent again now.
  const waiting = [...notAccepted, ...unanswered].filter((orderId) => !resent.has(orderId));
  const tooRecent = excluding(waiting, await droppedAmong(db, notAccepted, unanswered));
  await returnStalledOrders(db, tooRecent, afterSeconds);
}

/** Orders whose message an operator has dropped: it is not sent again, so there is nothing to wait for. */
async function droppedAmong(
  db: Queryable,
  notAccepted: readonly string[],
  unanswered: readonly string[],
): Promise<string[]> {
  if (notAccepted.length + unanswered.length === 0) return [];
  const [created, cancelled] = await Promise.all([
    subjectsWithDropped(db, notAccepted, RESENT_TYPES.created_resent),
    subjectsWithDropped(db, unanswered, RESENT_TYPES.cancel_resent),
  ]);
  return [...created, ...cancelled];
}

/** The timestamp is taken before the update, because the relay may send the event before this log line is written. */
async function sendAgain(
  { db, logger, afterSeconds }: CompareDependencies,
  orderIds: readonly string[],
  repair: keyof typeof RESENT_TYPES,
  { actor }: Origin,
): Promise<string[]> {
  const timestamp = new Date().toISOString();
  const type = RESENT_TYPES[repair];
  const resend = { subjectIds: orderIds, type, queue: ORDERS_QUEUE, afterSeconds };
  const resent = await db.transaction((tx) => resendEvents(tx, resend));
  for (const { subjectId: order_id, correlationId: correlation_id, eventId: event_id } of resent)
    logRepaired(logger, repair, { order_id, correlation_id, event_id, actor, timestamp });
  return resent.map(({ subjectId }) => subjectId);
}

function orderBehind({ order, shipment, verdict }: Comparison): OrderBehind[] {
  const follows = verdict === 'behind' || verdict === 'renumbered';
  return follows && shipment ? [{ order, shipment, verdict }] : [];
}

function findingsOf(comparisons: readonly Comparison[], { failed }: ComparisonReport): Finding[] {
  const failedIds = new Set(failed.map(({ orderId }) => orderId));
  return comparisons.flatMap(({ order, shipment, verdict }) => {
    const kind = failedIds.has(order.orderId) ? 'cannot_follow' : FINDING_KINDS[verdict];
    return kind ? [findingAbout(order, shipment, kind)] : [];
  });
}

const excluding = (ids: readonly string[], others: readonly string[]): string[] => {
  const excluded = new Set(others);
  return ids.filter((id) => !excluded.has(id));
};

const idsOf = (comparisons: readonly Pick<Comparison, 'order'>[]): string[] =>
  comparisons.map(({ order }) => order.orderId);
