import { type Pool } from 'pg';
import { type ShipmentMessage } from '../../../shared/contracts/shipment-messages';
import { type Origin } from '../../../shared/event-log/event';
import { createGroupCommit, type Outcome } from '../../../shared/postgres/group-commit';
import { type Transaction } from '../../../shared/postgres/queryable';
import { inTransaction } from '../../../shared/postgres/transaction';
import { crashPoint } from '../../../shared/resilience/crash-point';
import { followShipment, positionOf, type Position } from '../../domain/follow-shipment';
import { shipmentWithoutOrder } from '../../domain/finding';
import { type Order } from '../../domain/order';
import { keepFindings } from '../../store/finding-store';
import { lockOrders, updateOrders } from '../../store/order-store';
import { appendFacts, type CausedStep } from '../orders/append-facts';

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

/** Applies messages; those that come at the same time share a transaction. */
export function shipmentStatusApplication(pool: Pool): ApplyShipmentStatus {
  const apply = createGroupCommit<ShipmentTelling, ApplyOutcome>({
    keyOf: ({ message }) => message.order_id,
    work: (tellings) =>
      inTransaction(pool, async (tx) => {
        const orders = await lockOrders(
          tx,
          tellings.map(({ message }) => message.order_id),
        );
        const found = await keepUnknown(tx, tellings, orders);
        const steps: CausedStep[] = [];
        const outcomes = tellings.map((telling) => {
          const order = orders.get(telling.message.order_id);
          return order
            ? follow(telling, order, (step) => steps.push(step))
            : { value: found.has(telling.message.order_id) ? ('found' as const) : ('unknown' as const) };
        });
        updateOrders(
          tx,
          steps.map(({ step }) => step.order),
        );
        appendFacts(tx, steps);
        crashPoint('apply-status.before-commit');
        return outcomes;
      }),
  });
  return (message, origin) => apply({ message, origin });
}

/** Keeps what is told of orders that do not exist; the ids of those that were not known for it. */
async function keepUnknown(
  tx: Transaction,
  tellings: readonly ShipmentTelling[],
  orders: ReadonlyMap<string, Order>,
): Promise<Set<string>> {
  const unknown = tellings.filter(({ message }) => !orders.has(message.order_id));
  const findings = unknown.map(({ message: { order_id: orderId, version, payload } }) =>
    shipmentWithoutOrder(orderId, { shipment_id: payload.shipment_id, status: payload.status, version }),
  );
  return new Set((await keepFindings(tx, findings)).map(({ orderId }) => orderId));
}

/** A message that cannot be applied fails alone. */
function follow(
  { message, origin }: ShipmentTelling,
  order: Order,
  take: (step: CausedStep) => void,
): Outcome<ApplyOutcome> {
  const position = positionOf(message, order);
  if (position !== 'next') return { value: position };
  try {
    take({ step: followShipment(order, message, new Date()), origin: originOf(message, origin) });
    return { value: position };
  } catch (error) {
    return { error };
  }
}

/** A step that an operator took is on record as his, whichever way the message came here. */
function originOf({ payload, correlation_id: correlationId }: ShipmentMessage, origin: Origin): Origin {
  const actor = 'actor' in payload ? payload.actor : undefined;
  return actor === undefined ? origin : { ...origin, actor, correlationId };
}
