import { v7 as uuidv7 } from 'uuid';
import { ORDERS_QUEUE } from '../../../shared/contracts/queue-names';
import { appendEvent } from '../../../shared/event-log/append-event';
import { type Origin } from '../../../shared/event-log/event';
import { type Transaction } from '../../../shared/postgres/queryable';
import { type OrderStep } from '../../domain/order';

/** Writes a step's fact, if it has one, to the event log, in the step's transaction and under the order's new version. */
export async function appendFact(tx: Transaction, { order, fact }: OrderStep, origin: Origin): Promise<void> {
  if (!fact) return;
  const event = {
    eventId: uuidv7(),
    orderId: order.orderId,
    version: order.version,
    type: fact.type,
    payload: fact.payload,
    occurredAt: order.updatedAt,
    queue: fact.sent ? ORDERS_QUEUE : null,
  };
  await appendEvent(tx, event, origin);
}
