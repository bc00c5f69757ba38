import { type ShipmentMessage } from '../../../shared/contracts/messages';
import { type Origin } from '../../../shared/event-log/event';
import { type Logger } from '../../../shared/observability/logger';
import { createGroupCommit, type Outcome } from '../../../shared/postgres/group-commit';
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

/** Applies messages; messages that arrive at the same time share a transaction. */
export function createApplyShipmentStatus(
  db: Database,
  logger: Logger,
  recordUnknownOrders: RecordUnknownOrders,
): ApplyShipmentStatus {
  const apply = createGroupCommit<ReceivedMessage, ApplyOutcome>({
    keyOf: ({ message }) => message.order_id,
    async work(received) {
      const { outcomes, applied } = await db.transaction((tx) => applyAll(tx, received, recordUnknownOrders));
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
  recordUnknownOrders: RecordUnknownOrders,
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
  const applied: AppliedMessage[] = [];
  const outcomes = received.map((item): Outcome<ApplyOutcome> => {
    const order = orders.get(item.message.order_id);
    if (order) return follow(item, order, (step) => applied.push(step));
    return { value: found.has(item.message.order_id) ? 'found' : 'unknown' };
  });
  updateOrders(
    tx,
    applied.map(({ step }) => step.order),
  );
  appendStepEvents(tx, applied);
  crashBeforeCommit();
  return { outcomes, applied };
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
