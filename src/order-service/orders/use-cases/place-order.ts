import {
  type StoredRecord,
  type IdempotencyRecord,
  requireSameRequest,
} from '../../../shared/idempotency/idempotency-records';
import { v7 as uuidv7 } from 'uuid';
import { AppError } from '../../../shared/errors';
import { type Origin } from '../../../shared/event-log/event';
import { type Logger } from '../../../shared/observability/logger';
import { type Queryable } from '../../../shared/postgres/queryable';
import { declareCrashPoint } from '../../../shared/resilience/crash-point';
import { type OrderItem, type OrderStep } from '../domain/order';
import { toOrderResource } from '../domain/order-resource';
import { needsOf } from '../domain/order-stock';
import { type OrderRequest, placeOrder as place } from '../domain/place-order';
import { type ReplayCache } from '../../../shared/idempotency/replay-cache';
import { findOrderRecord } from '../store/order-insert-store';
import { toEvent } from './append-step-events';
import { type OrderCatalogue } from './order-catalogue';
import { logPlaced, logReplayed } from './order-log';
import { type Placement, type WriteOrder } from './placement';
import { ALONE, type PlaceInOrder } from './start-in-order';

const crashAfterCommit = declareCrashPoint('place-order.after-commit');

export interface PlaceOrderDependencies {
  db: Queryable;
  writeOrder: WriteOrder;
  catalogue: OrderCatalogue;
  replayCache: ReplayCache;
  logger: Logger;
}

/** The values that identify repeats of a request. */
export type IdempotencyGuard = Omit<
  IdempotencyRecord,
  'clientId' | 'orderId' | 'responseStatus' | 'responseBody'
>;

export interface PlacedOrder {
  orderId: string;
  /** 201 for an order that is new or replayed by key, 200 for one that is recognised by its content. */
  status: number;
  /** The order as JSON text, byte for byte the same for every repeat. */
  body: string;
  replayed: boolean;
}

/**
 * Places an order exactly once per request and its repeats: the idempotency record, the order, the stock that it reserves and the event are
 * one transaction. A repeat gets the outcome of the first request, from the cache if it is there, else from the database, whatever has become of
 * the products. A guard that ends when the order is cancelled is never cached, because the cache does not learn of the cancellation.
 *
 * @param position of the request among others whose orders must be written in order.
 * @throws AppError `unprocessable`: `idempotency_key_reused` when the key was used for another request, `catalogue_mismatch` when the lines
 * do not match the catalogue; `conflict`: `request_in_progress` when the first request has not finished, `out_of_stock`,
 * `reservation_expired`; `invalid_input` when the total is too large.
 */
export async function placeOrder(
  deps: PlaceOrderDependencies,
  request: OrderRequest,
  guard: IdempotencyGuard,
  origin: Origin,
  position: PlaceInOrder = ALONE,
): Promise<PlacedOrder> {
  const isCached = !guard.untilCancelled;
  const cached = isCached && (await deps.replayCache.find({ clientId: request.owner, ...guard }));
  if (cached) return replay(deps, cached, guard);

  const outcome = await write(deps, request, guard, origin, position);
  if ('responseBody' in outcome) return replay(deps, outcome, guard);

  const { record, order, event } = outcome;
  crashAfterCommit();
  logPlaced(deps.logger, order, event);
  if (isCached) void deps.replayCache.store(record);
  return { orderId: order.orderId, status: 201, body: record.responseBody, replayed: false };
}

/** Writes an order; returns it, or the record of an earlier request. */
async function write(
  deps: PlaceOrderDependencies,
  request: OrderRequest,
  guard: IdempotencyGuard,
  origin: Origin,
  position: PlaceInOrder,
): Promise<Placement | StoredRecord> {
  const placement = deps.catalogue.mustResolve(request)
    ? await resolve(deps, request, guard, origin)
    : toPlacement(deps.catalogue.asFreeItems(request), request, guard, origin, false);
  if ('responseBody' in placement) return placement;
  const outcome = await position.start(() => deps.writeOrder(placement));
  if (outcome !== 'owner_has_products') return outcome ?? placement;
  deps.catalogue.rememberOwner(request.owner);
  return write(deps, request, guard, origin, position);
}

/** Looks up the lines in the catalogue. A request that the catalogue refuses now can be the repeat of one that it accepted. */
async function resolve(
  deps: PlaceOrderDependencies,
  request: OrderRequest,
  guard: IdempotencyGuard,
  origin: Origin,
): Promise<Placement | StoredRecord> {
  try {
    return toPlacement(await deps.catalogue.resolve(request), request, guard, origin, true);
  } catch (error) {
    if (!(error instanceof AppError) || error.retryable) throw error;
    const earlier = await findOrderRecord(deps.db, { clientId: request.owner, ...guard });
    if (earlier) return earlier;
    throw error;
  }
}

function toPlacement(
  items: readonly OrderItem[],
  { reservationId, ...request }: OrderRequest,
  guard: IdempotencyGuard,
  origin: Origin,
  isResolved: boolean,
): Placement {
  const step = place({ ...request, items }, uuidv7(), new Date());
  return {
    record: toRecord(step, guard),
    order: step.order,
    event: toEvent(step, origin),
    needs: needsOf(step.order),
    isResolved,
    reservationId,
  };
}

function toRecord({ order }: OrderStep, guard: IdempotencyGuard): IdempotencyRecord {
  return {
    ...guard,
    clientId: order.clientId,
    orderId: order.orderId,
    responseStatus: guard.kind === 'key' ? 201 : 200,
    responseBody: JSON.stringify(toOrderResource(order)),
  };
}

function replay(
  { logger }: PlaceOrderDependencies,
  earlier: StoredRecord,
  guard: IdempotencyGuard,
): PlacedOrder {
  requireSameRequest(earlier, guard.fingerprint);
  if (earlier.orderId === null) throw new Error('the idempotency record has no order');
  logReplayed(logger, earlier.orderId);
  return {
    orderId: earlier.orderId,
    status: earlier.responseStatus,
    body: earlier.responseBody,
    replayed: true,
  };
}
