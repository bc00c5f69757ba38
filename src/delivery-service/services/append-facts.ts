import { v7 as uuidv7 } from 'uuid';
import { DELIVERY_STATUS_QUEUE } from '../../shared/contracts/queues';
import { appendEvents } from '../../shared/event-log/append-events';
import { type LoggedEvent, type Origin } from '../../shared/event-log/event';
import { type Transaction } from '../../shared/postgres/queryable';
import { type ShipmentStep } from '../domain/shipment';

/** A step, and who caused it. */
export interface CausedStep {
  step: ShipmentStep;
  origin: Origin;
}

/**
 * Writes the facts of steps to the event log, in the steps' transaction and each under its shipment's new version.
 *
 * @returns the events
 */
export function appendFacts(tx: Transaction, steps: readonly CausedStep[]): LoggedEvent[] {
  return append(tx, steps, DELIVERY_STATUS_QUEUE);
}

/** The same for facts that the Order Service has told of itself: nobody is sent them. */
export function appendKnownFacts(tx: Transaction, steps: readonly CausedStep[]): void {
  append(tx, steps, null);
}

function append(tx: Transaction, steps: readonly CausedStep[], queue: string | null): LoggedEvent[] {
  const events = steps.map(({ step: { shipment, fact }, origin }) => ({
    ...origin,
    eventId: uuidv7(),
    orderId: shipment.orderId,
    version: shipment.version,
    type: fact.type,
    payload: fact.payload,
    occurredAt: shipment.updatedAt,
    queue,
  }));
  appendEvents(tx, events);
  return events;
}
