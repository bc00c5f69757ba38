import { shipmentEventList, type ShipmentResource } from '../../../shared/contracts/shipment-resource';
import { IllegalTransitionError, isRetryable } from '../../../shared/errors';
import { type Origin } from '../../../shared/event-log/event';
import { type OrderView } from '../../orders/domain/compare-shipment';
import { alignOrder } from '../../orders/use-cases/align-order';
import { type CatchUpDependencies, catchUpWith, type FailedOrder } from './catch-up-order';
import { type ComparisonReport } from './comparison-report';

/** An order that has to apply steps of its shipment. */
export interface OrderBehind {
  order: OrderView;
  shipment: ShipmentResource;
  verdict: 'behind' | 'renumbered';
}

/** How many orders are processed at a time; each one needs its own requests and transactions. */
const CONCURRENCY = 10;

/** The order can change between the two reads; then the second attempt reads its new state. */
const ATTEMPTS = 2;

/**
 * Makes orders apply the steps of their shipments. An order that fails does not stop the others. If every order of a batch fails with a
 * retryable error, that is an outage, which ends the work.
 *
 * @returns the ids of the orders that failed with a retryable error or were not tried because of the outage
 */
export async function catchUpOrders(
  deps: CatchUpDependencies,
  orders: readonly OrderBehind[],
  origin: Origin,
  signal: AbortSignal | undefined,
  report: ComparisonReport,
): Promise<string[]> {
  const notProcessed: string[] = [];
  for (let at = 0; at < orders.length && !signal?.aborted && !report.outage; at += CONCURRENCY) {
    const batch = orders.slice(at, at + CONCURRENCY);
    const attempts = await Promise.all(batch.map((order) => attempt(deps, order, origin, report)));
    const failed = attempts.filter((failure) => failure !== null);
    const retryable = failed.filter(({ error }) => isRetryable(error));
    report.failed.push(...failed.filter(({ error }) => !isRetryable(error)));
    notProcessed.push(...retryable.map(({ orderId }) => orderId));
    if (retryable.length === batch.length) {
      report.outage = retryable.map(({ error }) => error).find(isRetryable) ?? null;
      notProcessed.push(...orders.slice(at + CONCURRENCY).map(({ order }) => order.orderId));
    }
  }
  return notProcessed;
}

/** Null when the order was processed. */
async function attempt(
  deps: CatchUpDependencies,
  behind: OrderBehind,
  origin: Origin,
  report: ComparisonReport,
): Promise<FailedOrder | null> {
  const { orderId } = behind.order;
  try {
    const repair = await catchUp(deps, behind, origin);
    if (repair) report[repair].push(orderId);
    return null;
  } catch (error) {
    return { orderId, error };
  }
}

/** Null when there was nothing to apply. */
async function catchUp(
  deps: CatchUpDependencies,
  { order, shipment, verdict }: OrderBehind,
  origin: Origin,
): Promise<'caughtUp' | 'aligned' | null> {
  if (verdict === 'renumbered') {
    if (await alignWithLog(deps, order.orderId, shipment, origin)) return 'aligned';
    throw new Error(`the log of the shipment has no step at ${order.status}`);
  }
  try {
    return (await catchUpWith(deps, shipment, order.shipmentVersion, origin)) ? 'caughtUp' : null;
  } catch (error) {
    const isIllegalStep = error instanceof IllegalTransitionError;
    if (isIllegalStep && (await alignWithLog(deps, order.orderId, shipment, origin))) return 'aligned';
    throw error;
  }
}

/**
 * Renumbers the shipment messages that an order has applied, according to the shipment's current log, and applies the messages that follow:
 * after a restore of the Delivery Service's database the same versions can stand for other steps. Returns false, and changes nothing, when
 * the log never reaches the order's state.
 *
 * @throws AppError `unavailable` when the Delivery Service does not answer.
 */
async function alignWithLog(
  deps: CatchUpDependencies,
  orderId: string,
  shipment: Pick<ShipmentResource, 'shipment_id'>,
  origin: Origin,
): Promise<boolean> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1)
    if (await align(deps, orderId, shipment, origin)) return true;
  return false;
}

async function align(
  deps: CatchUpDependencies,
  orderId: string,
  { shipment_id: shipmentId }: Pick<ShipmentResource, 'shipment_id'>,
  origin: Origin,
): Promise<boolean> {
  const { data: log } = await deps.deliveryService.get(`/shipments/${shipmentId}/events`, shipmentEventList);
  const aligned = await alignOrder(deps.db, orderId, log, origin);
  if (!aligned) return false;
  for (const message of log)
    if (message.version > aligned.shipmentVersion) await deps.applyShipmentStatus(message, origin);
  return true;
}
