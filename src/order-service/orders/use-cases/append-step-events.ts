import { v7 as uuidv7 } from 'uuid';
import { ORDERS_QUEUE } from '../../../shared/contracts/queues';
import { appendEvents } from '../../../shared/event-log/append-events';
import { type LoggedEvent, type Origin } from '../../../shared/event-log/event';
import { type Transaction } from '../../../shared/postgres/queryable';
import { type OrderEvent, type OrderStep } from '../domain/order';

/** A step and the origin of its event: who caused it. */
export interface StepWithOrigin {
  step: OrderStep;
  origin: Origin;
}

/**
 * Writes the events of steps to the event log, in the transaction of the steps and under the new version of each order. Steps without an
 * event are skipped.
 *
 * @returns the events
 */
export function appendStepEvents(tx: Transaction, steps: readonly StepWithOrigin[]): LoggedEvent[] {
  const events = steps.flatMap(({ step: { order, event }, origin }) =>
    event ? [toEvent({ order, event }, origin)] : [],
  );
  appendEvents(tx, events);
  return events;
}

/** The event of a step as the log stores it. */
export function toEvent({ order, event }: OrderStep<OrderEvent>, origin: Origin): LoggedEvent {
  return {
    ...origin,
    eventId: uuidv7(),
    subjectType: 'order',
    subjectId: order.orderId,
    owner: order.clientId,
    version: order.version,
    type: event.type,
    payload: event.payload,
    occurredAt: order.updatedAt,
    queue: event.sent ? ORDERS_QUEUE : null,
  };
}
