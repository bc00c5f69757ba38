import { v7 as uuidv7 } from 'uuid';
import { ORDERS_QUEUE } from '../../../shared/contracts/queues';
import { appendEvents } from '../../../shared/event-log/append-events';
import { type LoggedEvent, type Origin } from '../../../shared/event-log/event';
import { type Transaction } from '../../../shared/postgres/queryable';
import { type OrderFact, type OrderStep } from '../domain/order';

/** A step, and who caused it. */
export interface CausedStep {
  step: OrderStep;
  origin: Origin;
}

/**
 * Writes the facts of steps, of those that have one, to the event log, in the steps' transaction and each under its order's new
 * version.
 *
 * @returns the events
 */
export function appendFacts(tx: Transaction, steps: readonly CausedStep[]): LoggedEvent[] {
  const events = steps.flatMap(({ step: { order, fact }, origin }) =>
    fact ? [toEvent({ order, fact }, origin)] : [],
  );
  appendEvents(tx, events);
  return events;
}

/** The fact of a step as the log keeps it. */
export function toEvent({ order, fact }: OrderStep<OrderFact>, origin: Origin): LoggedEvent {
  return {
    ...origin,
    eventId: uuidv7(),
    orderId: order.orderId,
    version: order.version,
    type: fact.type,
    payload: fact.payload,
    occurredAt: order.updatedAt,
    queue: fact.sent ? ORDERS_QUEUE : null,
  };
}
