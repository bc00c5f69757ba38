import { type Pool } from 'pg';
import { type ShipmentMessage } from '../../../shared/contracts/shipment-messages';
import { PoisonMessageError } from '../../../shared/errors';
import { type Origin } from '../../../shared/event-log/event';
import { inTransaction } from '../../../shared/postgres/transaction';
import { crashPoint } from '../../../shared/resilience/crash-point';
import { followShipment, positionOf, type Position } from '../../domain/follow-shipment';
import { lockOrder, updateOrder } from '../../store/order-store';
import { appendFact } from '../orders/append-fact';

/**
 * Applies one message of the Delivery Service when it is the order's next; the version check, the change and the event are one
 * transaction, so a repeat finds itself `seen`. `ahead` changes nothing: what lies between is missing.
 *
 * @throws PoisonMessageError when the order does not exist.
 * @throws IllegalTransitionError when the step is not in the order's table.
 */
export async function applyShipmentStatus(
  pool: Pool,
  message: ShipmentMessage,
  origin: Origin,
): Promise<Position> {
  return inTransaction(pool, async (tx) => {
    const order = await lockOrder(tx, message.order_id, null);
    if (!order) throw new PoisonMessageError(`there is no order ${message.order_id}`);
    const position = positionOf(message, order);
    if (position !== 'next') return position;
    const step = followShipment(order, message, new Date());
    await updateOrder(tx, step.order);
    await appendFact(tx, step, originOf(message, origin));
    crashPoint('apply-status.before-commit');
    return position;
  });
}

/** A step that an operator took is on record as his, whichever way the message came here. */
function originOf({ payload, correlation_id: correlationId }: ShipmentMessage, origin: Origin): Origin {
  const actor = 'actor' in payload ? payload.actor : undefined;
  return actor === undefined ? origin : { ...origin, actor, correlationId };
}
