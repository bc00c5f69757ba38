import { type ShipmentResource } from '../../../shared/contracts/shipment-resource';
import { IllegalTransitionError, isRetryable } from '../../../shared/errors';
import { type Origin } from '../../../shared/event-log/event';
import { type OrderView } from '../../orders/domain/compare-shipment';
import { alignWithLog } from './align-with-log';
import { catchUpWith, type CatchUpDependencies, type FailedOrder } from './catch-up-order';
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
