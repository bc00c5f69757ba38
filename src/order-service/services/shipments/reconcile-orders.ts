import { isRetryable, type AppError } from '../../../shared/errors';
import { type ShipmentResource } from '../../../shared/contracts/shipment-resource';
import { type Origin } from '../../../shared/event-log/event';
import { resendEvents } from '../../../shared/event-log/unpublished-events';
import { type Queryable } from '../../../shared/postgres/queryable';
import { queryable } from '../../../shared/postgres/read';
import { compareSoon, takeStalledOrders, type StalledOrder } from '../../store/reconciliation-store';
import { catchUpWith, shipmentsOfEach, type CatchUpDependencies, type FailedOrder } from './catch-up-order';

export interface ReconcileDependencies extends CatchUpDependencies {
  /** How long an order stands still before it is compared. */
  afterSeconds: number;
  /** Called after a commit that left an event to be sent. */
  eventsWaiting: () => void;
}

export interface ReconcileReport {
  compared: number;
  /** Orders whose ORDER_CREATED was lost and is sent again. */
  createdResent: string[];
  /** Orders whose wish to be cancelled was lost and is sent again. */
  cancelResent: string[];
  /** Orders that missed messages of the Delivery Service and have them now. */
  caughtUp: string[];
  /** Orders that cannot catch up, each for a reason of its own. */
  failed: FailedOrder[];
  /** Why it ended early: the Delivery Service or the database went away. */
  outage: AppError | null;
}

/** What one request to the Delivery Service may ask for. */
const BATCH = 100;
/** How many orders are caught up at a time: each takes requests and transactions of its own. */
const SIDE_BY_SIDE = 10;

/**
 * Compares a batch of orders that have stood still with their shipments, and repairs what was lost on the way: with both queues
 * wiped, every order still reaches its end. Repeats are harmless, because both sides know what they have done.
 *
 * @param signal ends the work between two orders; those that are left are compared again later
 * @throws AppError `unavailable` when the Delivery Service does not answer and nothing was done; the orders are compared again soon.
 */
export async function reconcileOrders(
  deps: ReconcileDependencies,
  origin: Origin,
  signal: AbortSignal,
): Promise<ReconcileReport> {
  const db = queryable(deps.pool);
  const stalled = await takeStalledOrders(db, deps.afterSeconds, BATCH);
  try {
    return await repair(deps, db, stalled, origin, signal);
  } catch (error) {
    await compareSoon(db, idsOf(stalled), deps.afterSeconds);
    throw error;
  }
}

async function repair(
  deps: ReconcileDependencies,
  db: Queryable,
  stalled: readonly StalledOrder[],
  origin: Origin,
  signal: AbortSignal,
): Promise<ReconcileReport> {
  const { afterSeconds } = deps;
  const { found, failed: unanswerable } = await shipmentsByOrder(deps, stalled);
  const answered = without(stalled, unanswerable);
  const unknown = idsOf(answered.filter(({ orderId }) => !found.has(orderId)));
  const known = stalled.flatMap((order) => pairOf(order, found.get(order.orderId)));
  const behind = known.filter(({ order, shipment }) => shipment.version > order.shipmentVersion);
  const unanswered = known.filter(({ order, shipment }) => isUnanswered(order, shipment));
  const unansweredIds = idsOf(unanswered.map(({ order }) => order));
  // What was lost on the way there comes first: an order without a shipment stands still for everybody.
  const createdResent = await resendEvents(db, unknown, 'ORDER_CREATED', afterSeconds);
  const cancelResent = await resendEvents(db, unansweredIds, 'ORDER_CANCEL_REQUESTED', afterSeconds);
  if (createdResent.length + cancelResent.length > 0) deps.eventsWaiting();
  // An outage held up their messages, so that they were sent too lately to be repeated now.
  const resent = new Set([...createdResent, ...cancelResent]);
  const early = [...unknown, ...unansweredIds].filter((orderId) => !resent.has(orderId));
  await compareSoon(db, early, afterSeconds);
  const outcome = await catchUp(deps, behind, origin, signal);
  // Without the database they wait their usual time.
  await compareSoon(db, outcome.unreached, afterSeconds).catch(() => undefined);
  const { caughtUp, outage } = outcome;
  const failed = [...unanswerable, ...outcome.failed];
  return { compared: stalled.length, createdResent, cancelResent, caughtUp, failed, outage };
}

interface CatchUpOutcome extends Pick<ReconcileReport, 'caughtUp' | 'failed' | 'outage'> {
  /** Orders that an outage kept from their turn. */
  unreached: string[];
}

/** One order that fails holds up no other. Where none of several can be reached there is an outage, and that ends it. */
async function catchUp(
  deps: ReconcileDependencies,
  behind: readonly Pair[],
  origin: Origin,
  signal: AbortSignal,
): Promise<CatchUpOutcome> {
  const outcome: CatchUpOutcome = { caughtUp: [], failed: [], outage: null, unreached: [] };
  for (let at = 0; at < behind.length && !signal.aborted && !outcome.outage; at += SIDE_BY_SIDE) {
    const some = behind.slice(at, at + SIDE_BY_SIDE);
    const attempts = await Promise.all(some.map((pair) => attempt(deps, pair, origin)));
    const outages = attempts.map(({ error }) => error).filter(isRetryable);
    const reached = attempts.filter(({ error }) => !isRetryable(error));
    outcome.caughtUp.push(...idsOf(reached.filter(({ error }) => error === null)));
    outcome.failed.push(...reached.filter(({ error }) => error !== null));
    outcome.unreached.push(...idsOf(attempts.filter(({ error }) => isRetryable(error))));
    if (reached.length === 0) {
      outcome.outage = outages[0] ?? null;
      outcome.unreached.push(...idsOf(behind.slice(at + SIDE_BY_SIDE).map(({ order }) => order)));
    }
  }
  return outcome;
}

async function attempt(
  deps: ReconcileDependencies,
  { order: { orderId, shipmentVersion }, shipment }: Pair,
  origin: Origin,
): Promise<FailedOrder> {
  try {
    await catchUpWith(deps, shipment, shipmentVersion, origin);
    return { orderId, error: null };
  } catch (error) {
    return { orderId, error };
  }
}

interface Pair {
  order: StalledOrder;
  shipment: ShipmentResource;
}

const pairOf = (order: StalledOrder, shipment: ShipmentResource | undefined): Pair[] =>
  shipment ? [{ order, shipment }] : [];

const isUnanswered = (order: StalledOrder, shipment: ShipmentResource): boolean =>
  order.isCancelRequested && shipment.version <= order.shipmentVersion;

const idsOf = (orders: readonly Pick<StalledOrder, 'orderId'>[]): string[] =>
  orders.map(({ orderId }) => orderId);

async function shipmentsByOrder(
  { deliveryService }: ReconcileDependencies,
  orders: readonly StalledOrder[],
): Promise<{ found: Map<string, ShipmentResource>; failed: FailedOrder[] }> {
  if (orders.length === 0) return { found: new Map(), failed: [] };
  const { shipments, failed } = await shipmentsOfEach(deliveryService, idsOf(orders));
  return { found: new Map(shipments.map((shipment) => [shipment.order_id, shipment])), failed };
}

function without(orders: readonly StalledOrder[], failed: readonly FailedOrder[]): StalledOrder[] {
  const failedIds = new Set(idsOf(failed));
  return orders.filter(({ orderId }) => !failedIds.has(orderId));
}
