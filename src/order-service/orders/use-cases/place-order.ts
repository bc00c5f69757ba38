import {
  type StoredRecord,
  type IdempotencyRecord,
  requireSameRequest,
} from '../../../shared/idempotency/idempotency-records';
import { v7 as uuidv7 } from 'uuid';
import { type Origin } from '../../../shared/event-log/event';
import { type Logger } from '../../../shared/observability/logger';
import { declareCrashPoint } from '../../../shared/resilience/crash-point';
import { type OrderStep } from '../domain/order';
import { toOrderResource } from '../domain/order-resource';
import { placeOrder as place, type NewOrder } from '../domain/place-order';
import { type ReplayCache } from '../../../shared/idempotency/replay-cache';
import { toEvent } from './append-step-events';
import { logPlaced, logReplayed } from './order-log';
import { type WriteOrder } from './write-orders';

const crashAfterCommit = declareCrashPoint('place-order.after-commit');

export interface PlaceOrderDependencies {
  writeOrder: WriteOrder;
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
 * Places an order exactly once per request and its repeats: the idempotency record, the order and the event are one transaction. A repeat gets the
 * outcome of the first request, from the cache if it is there, else from the database. A guard that ends when the order is cancelled is
 * never cached, because the cache does not learn of the cancellation.
 *
 * @throws AppError `unprocessable` (`idempotency_key_reused`) when the key was used for another request; `conflict` (`request_in_progress`)
 * when the first request has not finished; `invalid_input` when the total is too large.
 */
export async function placeOrder(
  deps: PlaceOrderDependencies,
  input: NewOrder,
  guard: IdempotencyGuard,
  origin: Origin,
): Promise<PlacedOrder> {
  const isCached = !guard.untilCancelled;
  const cached = isCached && (await deps.replayCache.find({ clientId: input.owner, ...guard }));
  if (cached) return replay(deps, cached, guard);

  const step = place(input, uuidv7(), new Date());
  const record = toRecord(step, guard);
  const event = toEvent(step, origin);
  const earlier = await deps.writeOrder({ record, order: step.order, event });
  if (earlier) return replay(deps, earlier, guard);

  crashAfterCommit();
  logPlaced(deps.logger, step.order, event);
  if (isCached) void deps.replayCache.store(record);
  return { orderId: record.orderId, status: 201, body: record.responseBody, replayed: false };
}

function toRecord({ order }: OrderStep, guard: IdempotencyGuard): IdempotencyRecord & { orderId: string } {
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
