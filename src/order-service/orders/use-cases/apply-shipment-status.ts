import { type OrderSettlement } from '../../inventory/domain/settle-orders';
import { settleOrderStock } from '../../inventory/use-cases/settle-order-stock';
import { type ShipmentMessage } from '../../../shared/contracts/messages';
import { type OrderStatus } from '../../../shared/contracts/status-machines';
import { type Origin } from '../../../shared/event-log/event';
import { type Logger } from '../../../shared/observability/logger';
import { type Outcome } from '../../../shared/postgres/group-commit';
import { createLockLanes, LOCKED, type Locked, type LockMode } from '../../../shared/postgres/lock-lanes';
import { type Database, type Transaction } from '../../../shared/postgres/queryable';
import { declareCrashPoint } from '../../../shared/resilience/crash-point';
import { applyShipmentMessage, positionOf, type Position } from '../domain/apply-shipment-message';
import { type Order } from '../domain/order';
import { lockOrders, updateOrders } from '../store/order-store';
import { appendStepEvents } from './append-step-events';
import { logApplied, logSeen, type AppliedMessage } from './order-log';

const crashBeforeCommit = declareCrashPoint('apply-status.before-commit');

interface ReceivedMessage {
  message: ShipmentMessage;
  origin: Origin;
}

/** `unknown`: the order does not exist; `found`: the order does not exist, and this is the first recorded message about it. */
export type ApplyOutcome = Position | 'unknown' | 'found';

/**
 * Applies a message of the Delivery Service when it is the order's next one. The version check, the change and the event are one
 * transaction, so a repeated message returns `seen`. `ahead` changes nothing, because messages before this one are missing. A message about
 * an order that does not exist is recorded as a finding: only a restore of the database can have lost the order.
 *
 * @throws IllegalTransitionError when the order's status table does not allow the step.
 */
export type ApplyShipmentStatus = (message: ShipmentMessage, origin: Origin) => Promise<ApplyOutcome>;

/** Records messages about orders that do not exist; returns the ids of the orders about which nothing was recorded before. */
export type RecordUnknownOrders = (
  tx: Transaction,
  messages: readonly ShipmentMessage[],
) => Promise<ReadonlySet<string>>;

export interface ApplyOptions {
  recordUnknownOrders: RecordUnknownOrders;
  /** Whether a returned order puts its products back into stock. */
  restocksReturns: boolean;
}

/**
 * Applies messages; messages that arrive at the same time share a transaction. Those that settle stock which another session keeps locked do not
 * delay the others.
 */
export function createApplyShipmentStatus(
  db: Database,
  logger: Logger,
  options: ApplyOptions,
): ApplyShipmentStatus {
  const apply = createLockLanes<ReceivedMessage, ApplyOutcome>({
    keyOf: ({ message }) => message.order_id,
    async work(received, mode) {
      const { outcomes, applied } = await db.transaction((tx) => applyAll(tx, received, options, mode));
      for (const one of applied) logApplied(logger, one);
      return outcomes;
    },
  });
  return async (message, origin) => {
    const outcome = await apply({ message, origin });
    if (outcome === 'seen') logSeen(logger, message);
    return outcome;
  };
}

async function applyAll(
  tx: Transaction,
  received: readonly ReceivedMessage[],
  { recordUnknownOrders, restocksReturns }: ApplyOptions,
  mode: LockMode,
) {
  const orders = await lockOrders(
    tx,
    received.map(({ message }) => message.order_id),
  );
  const unknown = received.filter(({ message }) => !orders.has(message.order_id));
  const found = await recordUnknownOrders(
    tx,
    unknown.map(({ message }) => message),
  );
  const steps: AppliedMessage[] = [];
  const followed = received.map((item): Outcome<ApplyOutcome> => {
    const order = orders.get(item.message.order_id);
    if (order) return follow(item, order, (step) => steps.push(step));
    return { value: found.has(item.message.order_id) ? 'found' : 'unknown' };
  });
  const stockKept = steps.filter(({ step }) => orders.get(step.order.orderId)?.isStockKept);
  const locked = await settleStock(tx, stockKept, restocksReturns, mode);
  const applied = steps.filter(({ step }) => !locked.has(step.order.orderId));
  updateOrders(
    tx,
    applied.map(({ step }) => step.order),
  );
  appendStepEvents(tx, applied);
  crashBeforeCommit();
  const outcomes = followed.map((outcome, index): Outcome<ApplyOutcome | Locked> => {
    const orderId = received[index]?.message.order_id ?? '';
    return locked.has(orderId) ? { value: LOCKED } : outcome;
  });
  return { outcomes, applied };
}

/**
 * What a status says about the products. A status after SHIPPED also takes them out of stock, if the order still holds units: the previous version
 * applies statuses during a roll-out and settles no stock.
 */
const SETTLED_BY: Partial<Record<OrderStatus, readonly OrderSettlement['cause'][]>> = {
  SHIPPED: ['order_shipped'],
  IN_TRANSIT: ['order_shipped'],
  OUT_FOR_DELIVERY: ['order_shipped'],
  DELIVERED: ['order_shipped'],
  DELIVERY_FAILED: ['order_shipped'],
  RETURNED: ['order_shipped', 'order_returned'],
  CANCELLED: ['order_cancelled'],
};

/**
 * Settles the stock of orders whose new status says where their products are. Stock is locked after the orders, as everywhere.
 *
 * @returns the ids of the orders that must not be changed, because another session has locked their stock.
 */
async function settleStock(
  tx: Transaction,
  applied: readonly AppliedMessage[],
  restocksReturns: boolean,
  mode: LockMode,
): Promise<ReadonlySet<string>> {
  const settlements = applied.flatMap(({ step: { order, event }, origin }): OrderSettlement[] => {
    const causes = event?.type === 'ORDER_STATUS_CHANGED' ? (SETTLED_BY[order.status] ?? []) : [];
    return causes
      .filter((cause) => cause !== 'order_returned' || restocksReturns)
      .map((cause) => ({ orderId: order.orderId, cause, origin }));
  });
  return settleOrderStock(tx, settlements, new Date(), mode);
}

/** An error of one message does not affect the others. */
function follow(
  { message, origin }: ReceivedMessage,
  order: Order,
  onApplied: (step: AppliedMessage) => void,
): Outcome<ApplyOutcome> {
  const position = positionOf(message, order);
  if (position !== 'next') return { value: position };
  try {
    const at = new Date();
    onApplied({
      message,
      step: applyShipmentMessage(order, message, at),
      origin: originOf(message, origin),
      at,
    });
    return { value: position };
  } catch (error) {
    return { error };
  }
}

/**
 * The origin of the step, however the message arrived (queue, fetch or repair). The correlation id is that of the message, so that both
 * services log the step under the same id. If an operator took the step, the operator is the actor.
 */
function originOf({ payload, correlation_id: correlationId }: ShipmentMessage, origin: Origin): Origin {
  const actor = ('actor' in payload ? payload.actor : undefined) ?? origin.actor;
  return { ...origin, actor, correlationId };
}
