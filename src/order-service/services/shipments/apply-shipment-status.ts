import { type Pool } from 'pg';
import { type ShipmentMessage } from '../../../shared/contracts/shipment-messages';
import { PoisonMessageError } from '../../../shared/errors';
import { type Origin } from '../../../shared/event-log/event';
import { createGroupCommit, type Outcome } from '../../../shared/postgres/group-commit';
import { inTransaction } from '../../../shared/postgres/transaction';
import { crashPoint } from '../../../shared/resilience/crash-point';
import { followShipment, positionOf, type Position } from '../../domain/follow-shipment';
import { type Order } from '../../domain/order';
import { lockOrders, updateOrders } from '../../store/order-store';
import { appendFacts, type CausedStep } from '../orders/append-facts';

interface ShipmentTelling {
  message: ShipmentMessage;
  origin: Origin;
}

/**
 * Applies one message of the Delivery Service when it is the order's next; the version check, the change and the event are one
 * transaction, so a repeat finds itself `seen`. `ahead` changes nothing: what lies between is missing.
 *
 * @throws PoisonMessageError when the order does not exist.
 * @throws IllegalTransitionError when the step is not in the order's table.
 */
export type ApplyShipmentStatus = (message: ShipmentMessage, origin: Origin) => Promise<Position>;

/** Applies messages; those that come at the same time share a transaction. */
export function shipmentStatusApplication(pool: Pool): ApplyShipmentStatus {
  const apply = createGroupCommit<ShipmentTelling, Position>({
    keyOf: ({ message }) => message.order_id,
    work: (tellings) =>
      inTransaction(pool, async (tx) => {
        const orders = await lockOrders(
          tx,
          tellings.map(({ message }) => message.order_id),
        );
        const steps: CausedStep[] = [];
        const outcomes = tellings.map((telling) =>
          follow(telling, orders.get(telling.message.order_id), (step) => steps.push(step)),
        );
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

/** A message that cannot be applied fails alone. */
function follow(
  { message, origin }: ShipmentTelling,
  order: Order | undefined,
  take: (step: CausedStep) => void,
): Outcome<Position> {
  if (!order) return { error: new PoisonMessageError(`there is no order ${message.order_id}`) };
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
