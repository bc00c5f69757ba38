import { shipmentEventList, type ShipmentResource } from '../../../shared/contracts/shipment-resource';
import { IllegalTransitionError, isRetryable } from '../../../shared/errors';
import { type Origin } from '../../../shared/event-log/event';
import { type OrderView } from '../../orders/domain/compare-shipment';
import { alignOrder } from '../../orders/use-cases/align-order';
import { type CatchUpDependencies, catchUpWith, type FailedOrder } from './catch-up-order';
import { type ComparisonReport } from './comparison-report';

/** An order that is to follow its shipment. */
export interface Follower {
  order: OrderView;
  shipment: ShipmentResource;
  verdict: 'behind' | 'renumbered';
}

/** How many orders follow at a time: each takes requests and transactions of its own. */
const SIDE_BY_SIDE = 10;

/**
 * Has orders apply what their shipments did. One that fails holds up no other; where none of several can be reached there is an
 * outage, and that ends it.
 *
 * @returns the ids of those that an outage kept from it
 */
export async function followShipments(
  deps: CatchUpDependencies,
  followers: readonly Follower[],
  origin: Origin,
  signal: AbortSignal | undefined,
  report: ComparisonReport,
): Promise<string[]> {
  const unreached: string[] = [];
  for (let at = 0; at < followers.length && !signal?.aborted && !report.outage; at += SIDE_BY_SIDE) {
    const some = followers.slice(at, at + SIDE_BY_SIDE);
    const attempts = await Promise.all(some.map((follower) => attempt(deps, follower, origin, report)));
    const failed = attempts.filter((failure) => failure !== null);
    const away = failed.filter(({ error }) => isRetryable(error));
    report.failed.push(...failed.filter(({ error }) => !isRetryable(error)));
    unreached.push(...away.map(({ orderId }) => orderId));
    if (away.length === some.length) {
      report.outage = away.map(({ error }) => error).find(isRetryable) ?? null;
      unreached.push(...followers.slice(at + SIDE_BY_SIDE).map(({ order }) => order.orderId));
    }
  }
  return unreached;
}

/** Null when it went well. */
async function attempt(
  deps: CatchUpDependencies,
  follower: Follower,
  origin: Origin,
  report: ComparisonReport,
): Promise<FailedOrder | null> {
  const { orderId } = follower.order;
  try {
    const repair = await follow(deps, follower, origin);
    if (repair) report[repair].push(orderId);
    return null;
  } catch (error) {
    return { orderId, error };
  }
}

/** Null when nothing was left to do. */
async function follow(
  deps: CatchUpDependencies,
  { order, shipment, verdict }: Follower,
  origin: Origin,
): Promise<'caughtUp' | 'aligned' | null> {
  if (verdict === 'renumbered') {
    if (await alignWithLog(deps, order.orderId, shipment, origin)) return 'aligned';
    throw new Error(`the log of the shipment never was at ${order.status}`);
  }
  try {
    return (await catchUpWith(deps, shipment, order.shipmentVersion, origin)) ? 'caughtUp' : null;
  } catch (error) {
    const isAnotherWay = error instanceof IllegalTransitionError;
    if (isAnotherWay && (await alignWithLog(deps, order.orderId, shipment, origin))) return 'aligned';
    throw error;
  }
}

/** The order can move on between the two reads; then the second attempt sees where to. */
const ATTEMPTS = 2;

/**
 * Counts an order's shipment messages by the log that its shipment has now, and applies what follows in there: after a restore of the
 * Delivery Service's database the same versions can stand for other steps. False when the order's own state is nowhere in that log;
 * then nothing has changed.
 *
 * @throws AppError `unavailable` when the Delivery Service does not answer.
 */
export async function alignWithLog(
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
