import { type ShipmentMessage } from '../../../shared/contracts/messages';
import { type Origin } from '../../../shared/event-log/event';
import { type Logger } from '../../../shared/observability/logger';
import { createGroupCommit, type Outcome } from '../../../shared/postgres/group-commit';
import { type Database, type Transaction } from '../../../shared/postgres/queryable';
import { declareCrashPoint } from '../../../shared/resilience/crash-point';
import { followShipment, positionOf, type Position } from '../domain/follow-shipment';
import { type Order } from '../domain/order';
import { lockOrders, updateOrders } from '../store/order-store';
import { appendFacts } from './append-facts';
import { logApplied, logSeen, type AppliedMessage } from './order-log';

const crashBeforeCommit = declareCrashPoint('apply-status.before-commit');

interface ShipmentTelling {
  message: ShipmentMessage;
  origin: Origin;
}

/** `unknown`: there is no such order; `found`: nor was there one before, and this is the first message that tells of it. */
export type ApplyOutcome = Position | 'unknown' | 'found';

/**
 * Applies one message of the Delivery Service when it is the order's next; the version check, the change and the event are one
 * transaction, so a repeat finds itself `seen`. `ahead` changes nothing: what lies between is missing. A message about an order that does
 * not exist, which can only be one that a restored database has lost, is kept as a finding.
 *
 * @throws IllegalTransitionError when the step is not in the order's table.
 */
export type ApplyShipmentStatus = (message: ShipmentMessage, origin: Origin) => Promise<ApplyOutcome>;

/** Records messages about orders that do not exist; returns the ids of those orders about which nothing was recorded before. */
export type RecordUnknownOrders = (
  tx: Transaction,
  messages: readonly ShipmentMessage[],
) => Promise<ReadonlySet<string>>;

/** Applies messages; those that come at the same time share a transaction. */
export function shipmentStatusApplication(
  db: Database,
  logger: Logger,
  recordUnknownOrders: RecordUnknownOrders,
): ApplyShipmentStatus {
  const apply = createGroupCommit<ShipmentTelling, ApplyOutcome>({
    keyOf: ({ message }) => message.order_id,
    async work(tellings) {
      const { outcomes, applied } = await db.transaction((tx) => applyAll(tx, tellings, recordUnknownOrders));
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
  tellings: readonly ShipmentTelling[],
  recordUnknownOrders: RecordUnknownOrders,
) {
  const orders = await lockOrders(
    tx,
    tellings.map(({ message }) => message.order_id),
  );
  const unknown = tellings.filter(({ message }) => !orders.has(message.order_id));
  const found = await recordUnknownOrders(
    tx,
    unknown.map(({ message }) => message),
  );
  const applied: AppliedMessage[] = [];
  const outcomes = tellings.map((telling): Outcome<ApplyOutcome> => {
    const order = orders.get(telling.message.order_id);
    if (order) return follow(telling, order, (step) => applied.push(step));
    return { value: found.has(telling.message.order_id) ? 'found' : 'unknown' };
  });
  updateOrders(
    tx,
    applied.map(({ step }) => step.order),
  );
  appendFacts(tx, applied);
  crashBeforeCommit();
  return { outcomes, applied };
}

/** A message that cannot be applied fails alone. */
function follow(
  { message, origin }: ShipmentTelling,
  order: Order,
  take: (step: AppliedMessage) => void,
): Outcome<ApplyOutcome> {
  const position = positionOf(message, order);
  if (position !== 'next') return { value: position };
  try {
    const at = new Date();
    take({ message, step: followShipment(order, message, at), origin: originOf(message, origin), at });
    return { value: position };
  } catch (error) {
    return { error };
  }
}

/**
 * Whichever way the message came here, also when it was fetched or repaired: its correlation id is that of the step in both services, and
 * a step that an operator took is on record as theirs.
 */
function originOf({ payload, correlation_id: correlationId }: ShipmentMessage, origin: Origin): Origin {
  const actor = ('actor' in payload ? payload.actor : undefined) ?? origin.actor;
  return { ...origin, actor, correlationId };
}
